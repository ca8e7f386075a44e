#!/bin/sh
# Compares each specimen with the digests that the samples pin.
cd "$(dirname "$0")" || exit 1
wrong=0
for file in *.md; do
  digest="sha256:$(sha256sum "$file" | cut -d' ' -f1)"
  pinned=$(grep -rhA1 "/$file\$" ../providers ../sites | grep -o 'sha256:[0-9a-f]*' | sort -u)
  [ "$pinned" = "$digest" ] || { echo "$file: is $digest, pinned ${pinned:-nowhere}"; wrong=1; }
done
[ $wrong = 0 ] && echo "every specimen is what the samples pin"
exit $wrong
