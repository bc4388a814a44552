#!/bin/sh
# Kills what its starter left behind. The starter writes "+<pid>" when it starts a process group and "-<pid>" when that
# group is gone; when the starter dies, in whatever way, the pipe on stdin closes and the rest is stopped from here.
trap '' HUP INT TERM
groups=' '
while IFS= read -r line; do
  pid=${line#?}
  case $line in
    +*) groups="$groups$pid " ;;
    -*) groups="${groups%% "$pid" *} ${groups#* "$pid" }" ;;
  esac
done
signal() { for pid in $groups; do kill -s "$1" -- "-$pid" 2>/dev/null; done; }
alive() { for pid in $groups; do kill -s 0 -- "-$pid" 2>/dev/null && return 0; done; return 1; }
signal TERM
signal CONT
rounds=0
while alive && [ "$rounds" -lt 100 ]; do
  sleep 0.1
  rounds=$((rounds + 1))
done
signal KILL
