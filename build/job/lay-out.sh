#!/bin/sh
# Puts what both containers have in the same places below a folder, which already has opt/image-factory/host.
# usage: lay-out.sh REPOSITORY FOLDER
set -eu
source=$1
target=$2
mkdir -p "$target/opt/image-factory" "$target/usr/local/bin"
cp -R "$source/recipes" "$source/bootc" "$target/opt/image-factory/"
# What is made goes to the one folder that can be written to.
ln -s /store "$target/opt/image-factory/artifacts"
printf '#!/bin/sh\nexec dotnet /opt/image-factory/host/ImageFactory.Build.dll "$@"\n' >"$target/usr/local/bin/image-factory"
cp "$source/build/job/podvm-builder.sh" "$target/podvm-builder.sh"
chmod 0755 "$target/usr/local/bin/image-factory" "$target/podvm-builder.sh"
