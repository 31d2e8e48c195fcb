# SPDX-License-Identifier: LGPL-2.1-or-later
# Completion of barevirt for fish.

function __barevirt_names
    barevirt get $argv[1] 2>/dev/null | awk 'NR > 1 { print $3 }'
end

function __barevirt_needs_verb
    test (count (commandline -opc)) -eq 1
end

complete -c barevirt -f
set -l verbs "apply diff get describe delete start stop restart migrate drain migration pause unpause reset soft-reboot freeze unfreeze exec set-password ssh-keys addvolume removevolume image image-upload top console vnc ssh port-forward logs screenshot memory-dump cancel events export guests convert validate schema doctor version"
for verb in (string split ' ' $verbs)
    complete -c barevirt -n __barevirt_needs_verb -a $verb
end

complete -c barevirt -l session -d "Speak to the service of the session"
complete -c barevirt -l system -d "Speak to the service of the system"
complete -c barevirt -l address -x -d "Speak to the service on a bus"
complete -c barevirt -s n -l namespace -x -d "Namespace of the objects"
complete -c barevirt -n "__fish_seen_subcommand_from get validate" -s o -l output -x -a "table yaml json" -d "Format"
complete -c barevirt -n "__fish_seen_subcommand_from apply diff delete" -s f -l filename -r -F -d "Manifest"
complete -c barevirt -n "__fish_seen_subcommand_from apply" -l wait -d "Wait for what this begins"
complete -c barevirt -n "__fish_seen_subcommand_from apply diff validate" -l skip-unknown -d "Leave out unknown kinds"
complete -c barevirt -n "__fish_seen_subcommand_from convert validate" -F
complete -c barevirt -n "__fish_seen_subcommand_from convert" -l context -r -F -d "Facts about the host"
complete -c barevirt -n "__fish_seen_subcommand_from convert" -l host -d "The domain that the service would start"
complete -c barevirt -n "__fish_seen_subcommand_from convert" -l explain -d "Tell where each element comes from"
complete -c barevirt -n "__fish_seen_subcommand_from convert" -l libvirt -x -d "Adapt to this libvirt"
complete -c barevirt -n "__fish_seen_subcommand_from convert" -l qemu -x -d "Adapt to this QEMU"
complete -c barevirt -n "__fish_seen_subcommand_from stop restart delete" -l grace-period -x -d "Seconds for the shutdown"
complete -c barevirt -n "__fish_seen_subcommand_from start" -l paused -d "Leave the guest paused"
complete -c barevirt -n "__fish_seen_subcommand_from stop restart" -l force -d "End the guest at once"
complete -c barevirt -n "__fish_seen_subcommand_from start stop restart delete" -l no-wait -d "Do not wait"
complete -c barevirt -n "__fish_seen_subcommand_from get events export top" -s A -l all-namespaces -d "All namespaces"
complete -c barevirt -n "__fish_seen_subcommand_from freeze" -l unfreeze-timeout -x -d "Thaw them after so many seconds"
complete -c barevirt -n "__fish_seen_subcommand_from exec" -s i -l stdin -d "Hand standard input over"
complete -c barevirt -n "__fish_seen_subcommand_from exec" -l timeout -x -d "Seconds to wait"
complete -c barevirt -n "__fish_seen_subcommand_from set-password" -l encrypted -d "As crypt(3) makes it"
complete -c barevirt -n "__fish_seen_subcommand_from ssh-keys" -s f -l filename -r -F -d "Public keys"
complete -c barevirt -n "__fish_seen_subcommand_from ssh-keys" -l append -d "Keep the keys that are there"
complete -c barevirt -n "__fish_seen_subcommand_from memory-dump" -l claim-name -x -a "(__barevirt_names pvc)" -d "The claim that gets it"
complete -c barevirt -n "__fish_seen_subcommand_from memory-dump" -F
complete -c barevirt -n "__fish_seen_subcommand_from logs" -s f -l follow -d "Go on with what is printed"
complete -c barevirt -n "__fish_seen_subcommand_from vnc" -l proxy-only -d "Start no viewer"
complete -c barevirt -n "__fish_seen_subcommand_from vnc" -l socket -r -F -d "A UNIX socket"
complete -c barevirt -n "__fish_seen_subcommand_from vnc" -l port -x -d "The port"
complete -c barevirt -n "__fish_seen_subcommand_from vnc port-forward" -l listen -x -d "The IP address of this machine"
complete -c barevirt -n "__fish_seen_subcommand_from vnc" -l vnc-path -r -F -d "The viewer"
complete -c barevirt -n "__fish_seen_subcommand_from ssh" -s l -l username -x -d "The user"
complete -c barevirt -n "__fish_seen_subcommand_from ssh" -s i -l identity-file -r -F -d "The private key"
complete -c barevirt -n "__fish_seen_subcommand_from ssh" -s p -l port -x -d "The guest's port"
complete -c barevirt -n "__fish_seen_subcommand_from ssh" -s c -l command -x -d "What to run in the guest"
complete -c barevirt -n "__fish_seen_subcommand_from ssh" -l known-hosts -r -F -d "The keys of guests"
complete -c barevirt -n "__fish_seen_subcommand_from ssh" -s t -l local-ssh-opts -x -d "An option for ssh"
complete -c barevirt -n "__fish_seen_subcommand_from port-forward" -l stdio -d "Carry standard input and output"
complete -c barevirt -n "__fish_seen_subcommand_from ssh port-forward" -l via -x -a "vsock network" -d "How to reach the guest"
complete -c barevirt -n "__fish_seen_subcommand_from top" -l once -d "Print one table, and end"
complete -c barevirt -n "__fish_seen_subcommand_from top" -s d -l delay -x -d "Seconds between two looks"
complete -c barevirt -n "__fish_seen_subcommand_from events" -l watch -d "Go on with what happens"
complete -c barevirt -n "__fish_seen_subcommand_from pause unpause reset soft-reboot freeze unfreeze exec set-password ssh-keys console vnc ssh port-forward logs screenshot memory-dump" -a "(__barevirt_names vmi)"
complete -c barevirt -n "__fish_seen_subcommand_from start stop restart addvolume removevolume" -a "(__barevirt_names vm)"
complete -c barevirt -n "__fish_seen_subcommand_from get describe delete export" -a "vm vmi datavolumes persistentvolumeclaims configmaps secrets jobs all"
complete -c barevirt -n "__fish_seen_subcommand_from addvolume removevolume" -l volume-name -x -a "(__barevirt_names pvc)" -d "The claim"
complete -c barevirt -n "__fish_seen_subcommand_from addvolume" -l disk-name -x -d "Name of the volume and its disk"
complete -c barevirt -n "__fish_seen_subcommand_from addvolume" -l disk-type -x -a "disk lun" -d "What the guest sees"
complete -c barevirt -n "__fish_seen_subcommand_from addvolume" -l bus -x -a "scsi virtio" -d "The disk's bus"
complete -c barevirt -n "__fish_seen_subcommand_from addvolume" -l serial -x -d "The disk's serial number"
complete -c barevirt -n "__fish_seen_subcommand_from addvolume" -l cache -x -d "The disk's cache mode"
complete -c barevirt -n "__fish_seen_subcommand_from image-upload" -a "dv"
complete -c barevirt -n "__fish_seen_subcommand_from image-upload" -l image-path -r -F -d "The image"
complete -c barevirt -n "__fish_seen_subcommand_from image-upload" -l size -x -d "Size of the claim"
complete -c barevirt -n "__fish_seen_subcommand_from image-upload" -l storage-class -x -d "The storage pool"
complete -c barevirt -n "__fish_seen_subcommand_from image-upload" -l no-create -d "Use a DataVolume that is there"
complete -c barevirt -n "__fish_seen_subcommand_from image-upload" -l access-mode -x -d "Access mode of the claim"
complete -c barevirt -n "__fish_seen_subcommand_from image-upload" -l volume-mode -x -a "filesystem block" -d "Volume mode"
complete -c barevirt -n "__fish_seen_subcommand_from image-upload" -l wait-secs -x -d "How long to wait"
complete -c barevirt -n "__fish_seen_subcommand_from image-upload" -l insecure -d "Without effect"
complete -c barevirt -n "__fish_seen_subcommand_from image-upload" -l force-bind -d "Without effect"
complete -c barevirt -n "__fish_seen_subcommand_from cancel" -a "(barevirt get jobs 2>/dev/null | awk 'NR > 1 { print \$1 }')"
complete -c barevirt -n "__fish_seen_subcommand_from export" -s r -l references -d "Also what the objects name"
complete -c barevirt -n "__fish_seen_subcommand_from image" -a "list prune"
complete -c barevirt -n "__fish_seen_subcommand_from migrate migration" -a "(__barevirt_names vm)"
complete -c barevirt -n "__fish_seen_subcommand_from migrate drain" -l to -r -d "The host to move to"
complete -c barevirt -n "__fish_seen_subcommand_from migrate" -l set -r -d "A setting for this move, as NAME=VALUE"
complete -c barevirt -n "__fish_seen_subcommand_from migration" -l owner -r -d "The host that is to have the guest"
complete -c barevirt -n "__fish_seen_subcommand_from migration" -l proof -r -d "The word of the host that does not have it"
complete -c barevirt -n "__fish_seen_subcommand_from migration" -l force -d "Without that word; the other host is off"
complete -c barevirt -n "__fish_seen_subcommand_from migration" -a "cancel resolve"
complete -c barevirt -n "__fish_seen_subcommand_from guests" -a "stop start"
