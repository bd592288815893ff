/* The compiled BPF program as data of the addon: one file to ship, none to find at run time. */
	.section .rodata
	.balign 16
	.globl quince_bpf_object
	.globl quince_bpf_object_end
quince_bpf_object:
	.incbin "sensor.bpf.o"
quince_bpf_object_end:
	.byte 0
	.section .note.GNU-stack, "", %progbits
