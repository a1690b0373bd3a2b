#!/bin/sh
# Animates a photo by a clip: http.sh PHOTO CLIP RESULT
set -eu
server=${D2ANIMATOR_SERVER:-http://127.0.0.1:8420}

field() { sed "s/.*\"$1\":\"\([^\"]*\)\".*/\1/"; }
ask() { curl -sf -H "X-Session: $session" "$@"; }
hand_over() { ask --data-binary "@$1" "$server/api/files?name=$(basename "$1")" | field id; }

session=$(curl -sf -X POST "$server/api/sessions" | field id)
photo=$(hand_over "$1")
clip=$(hand_over "$2")
wish="{\"source\": \"$photo\", \"driver\": \"$clip\", \"options\": {\"size\": 256}}"
job=$(ask --data "$wish" "$server/api/animate" | field id)

state=waiting
while [ "$state" = waiting ] || [ "$state" = running ]; do
    sleep 1
    state=$(ask "$server/api/jobs/$job" | field state)
done
if [ "$state" != done ]; then
    ask "$server/api/jobs/$job"
    exit 1
fi
ask -o "$3" "$server/api/jobs/$job/result"
ask -X DELETE "$server/api/sessions/$session"
