/**
 * What is said over the sensor's Unix socket. The sensor sends an Arrow stream of its own to each consumer; every record
 * batch names the batch it holds. The consumer answers with one ACKNOWLEDGE for each of them, in order, once it is done
 * with it; until then the sensor keeps the batch, and gives it to the next consumer when this one goes away.
 */
export const ACKNOWLEDGE = 0x06;

/** All that a second consumer is sent; no Arrow stream begins so. */
export const BUSY = 'quince: this sensor serves another consumer\n';

/** Longest path of a Unix socket in bytes (sun_path of unix(7), less its NUL). */
export const SOCKET_PATH_BYTES = 107;
