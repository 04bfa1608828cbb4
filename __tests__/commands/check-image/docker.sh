#!/bin/sh
# Stands in for Docker's command line: an image is a Node.js program, and a container a process of it. State is one folder
# per container, beside this file. In shell, since a test runs it some fifteen times and Node.js takes long to start.
here=${0%/*}
printf '%s\n' "$*" >>"$here/calls"
verb=$1
shift
for last; do :; done

case $verb in
version) echo 28.0.0 ;;
context) echo unix:///var/run/docker.sock ;;
run)
  port=$((20000 + $$ % 20000))
  image=
  for each; do
    shift
    case $each in
    --name=*) box=$here/${each#--name=} ;;
    --env=*=*) set -- "$@" "${each#--env=}" ;;
    --env=*)
      name=${each#--env=}
      eval "set -- \"\$@\" \"$name=\$$name\""
      ;;
    -*) ;;
    *) image=${image:-$each} ;;
    esac
  done
  if [ ! -e "$image" ]; then
    echo "docker: manifest for $image not found." >&2
    exit 1
  fi
  # A test holds the pull up.
  while [ -e "$here/pulling" ]; do
    touch "$here/pulls"
    sleep 0.02
  done
  mkdir "$box"
  cp "$image" "$box/image"
  echo "$port" >"$box/port"
  (
    cd "$box" || exit
    env -i PATH="$PATH" "$@" PORT="$port" node "$image" &
    echo $! >pid
    wait $!
    echo $? >code
  ) >"$box/log" 2>&1 </dev/null &
  until [ -s "$box/pid" ]; do sleep 0.02; done
  ;;
port) echo "127.0.0.1:$(cat "$here/$1/port")" ;;
inspect)
  box=$here/$last
  case $2 in
  *Networks*) echo bridge ;;
  *)
    # A test says that the memory was full.
    killed=$(cat "$here/out-of-memory" 2>/dev/null || echo false)
    if [ -s "$box/code" ]; then echo "false $(cat "$box/code") $killed"; else echo true 0 false; fi
    ;;
  esac
  ;;
# A test says for what an image is built.
image) cat "$here/built" 2>/dev/null || echo arm64 ;;
network)
  case $1 in
  disconnect) touch "$here/$last/offline" ;;
  connect) rm "$here/$last/offline" ;;
  esac
  ;;
exec)
  box=$here/$1
  # A test leaves only these programs in the container's PATH.
  few=$here/programs
  case $2-$last in
  # A program names its main process in its first line if that isn't node.
  sh-*/children*)
    [ ! -d "$few" ] || exit 127
    main=$(sed -n '1s,^// ,,p' "$box/image")
    echo "${main:-node}"
    ;;
  sh-*)
    [ ! -d "$few" ] || PATH=$few
    shift
    "$@"
    ;;
  *) "$2" "$3" "$4" "http://127.0.0.1:$(cat "$box/port")/${last#http://*/}" ;;
  esac
  ;;
stop)
  box=$here/$last
  looks=$((${1#--time=} * 50))
  [ -s "$box/code" ] || kill -TERM "$(cat "$box/pid")"
  until [ -s "$box/code" ]; do
    sleep 0.02
    looks=$((looks - 1))
    [ "$looks" -ne 0 ] || kill -KILL "$(cat "$box/pid")"
  done
  ;;
logs) cat "$here/$last/log" ;;
rm)
  box=$here/$last
  [ -e "$box" ] || exit 0
  [ -s "$box/code" ] || kill -KILL "$(cat "$box/pid")"
  until [ -s "$box/code" ]; do sleep 0.02; done
  rm -r "$box"
  ;;
esac
