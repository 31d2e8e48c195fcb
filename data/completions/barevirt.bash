# SPDX-License-Identifier: LGPL-2.1-or-later
# Completion of barevirt for bash.

_barevirt_names() {
  barevirt get "$1" "${_barevirt_bus[@]}" 2>/dev/null | awk 'NR > 1 { print $3 }'
}

_barevirt() {
  local cur prev words cword _barevirt_bus=() verb word
  _init_completion || return

  local verbs='apply diff get describe delete start stop restart migrate drain migration pause unpause reset soft-reboot freeze unfreeze exec set-password
    ssh-keys addvolume removevolume image image-upload top console vnc ssh port-forward logs screenshot memory-dump cancel events export guests convert validate schema doctor version'
  local kinds='vm vmi virtualmachines virtualmachineinstances datavolumes persistentvolumeclaims configmaps secrets
    network-attachment-definitions jobs all'
  local options='--session --system --address --namespace --help'

  verb=${words[1]}
  for word in "${words[@]}"; do
    [[ $word = --session ]] && _barevirt_bus=(--session)
  done

  case $prev in
    -o | --output) mapfile -t COMPREPLY < <(compgen -W 'table yaml json' -- "$cur"); return ;;
    -f | --filename | --context | --socket | --vnc-path | --identity-file | --known-hosts) _filedir; return ;;
    --via) mapfile -t COMPREPLY < <(compgen -W 'vsock network' -- "$cur"); return ;;
    -c) [ "$verb" = ssh ] || _filedir; return ;;
  esac
  if [ "$cword" = 1 ]; then
    mapfile -t COMPREPLY < <(compgen -W "$verbs --help --version" -- "$cur")
    return
  fi
  if [[ $cur = -* ]]; then
    case $verb in
      apply) options+=' --filename --skip-unknown --wait' ;;
      diff) options+=' --filename --skip-unknown' ;;
      delete) options+=' --filename --grace-period --no-wait' ;;
      get) options+=' --all-namespaces --output' ;;
      start) options+=' --paused --no-wait' ;;
      stop | restart) options+=' --grace-period --force --no-wait' ;;
      freeze) options+=' --unfreeze-timeout' ;;
      exec) options+=' --stdin --timeout' ;;
      set-password) options+=' --encrypted' ;;
      ssh-keys) options+=' --filename --append' ;;
      migrate) options+=' --to --set --no-wait' ;;
      drain) options+=' --to' ;;
      migration) options+=' --owner --proof --force' ;;
      export) options+=' --references --all-namespaces' ;;
      logs) options+=' --follow' ;;
      memory-dump) options+=' --claim-name' ;;
      vnc) options+=' --proxy-only --socket --port --listen --vnc-path' ;;
      ssh) options+=' --username --identity-file --port --command --known-hosts --local-ssh-opts --via' ;;
      port-forward) options+=' --stdio --listen --via' ;;
      top) options+=' --once --delay --all-namespaces --output' ;;
      events) options+=' --watch --all-namespaces' ;;
      image) options+=' --output' ;;
      addvolume) options+=' --volume-name --disk-name --disk-type --bus --serial --cache' ;;
      removevolume) options+=' --volume-name' ;;
      image-upload) options+=' --image-path --size --storage-class --access-mode --volume-mode --no-create --wait-secs --insecure --force-bind' ;;
      convert) options+=' --host --context --explain --libvirt --qemu' ;;
      validate) options='--output --skip-unknown --help' ;;
      schema) options='--help' ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
    return
  fi
  case $verb in
    convert | validate) _filedir ;;
    drain) mapfile -t COMPREPLY < <(compgen -W "$(uname -n)" -- "$cur") ;;
    start | stop | restart | migrate | addvolume | removevolume) mapfile -t COMPREPLY < <(compgen -W "$(_barevirt_names vm)" -- "$cur") ;;
    pause | unpause | reset | soft-reboot | freeze | unfreeze | exec | set-password | ssh-keys | console | vnc | ssh | port-forward | logs | screenshot | memory-dump)
      mapfile -t COMPREPLY < <(compgen -W "$(_barevirt_names vmi)" -- "$cur") ;;
    cancel) mapfile -t COMPREPLY < <(compgen -W "$(barevirt get jobs "${_barevirt_bus[@]}" 2>/dev/null |
      awk 'NR > 1 { print $1 }')" -- "$cur") ;;
    image) mapfile -t COMPREPLY < <(compgen -W 'list prune' -- "$cur") ;;
    migration)
      if [ "$cword" = 2 ]; then
        mapfile -t COMPREPLY < <(compgen -W 'cancel resolve' -- "$cur")
      else
        mapfile -t COMPREPLY < <(compgen -W "$(_barevirt_names vm)" -- "$cur")
      fi ;;
    guests) mapfile -t COMPREPLY < <(compgen -W 'stop start' -- "$cur") ;;
    get | describe | delete | export)
      if [ "$cword" = 2 ]; then
        mapfile -t COMPREPLY < <(compgen -W "$kinds" -- "$cur")
      else
        mapfile -t COMPREPLY < <(compgen -W "$(_barevirt_names "${words[2]}")" -- "$cur")
      fi ;;
  esac
}

complete -F _barevirt barevirt
