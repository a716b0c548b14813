#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# ci/install says what is missing and why it cannot be had: no network, no such
# package, no right to install, no Debian.

HERE=$(dirname "$(readlink -f "$0")")
. "$HERE/../lib/tap.sh"

HOUSE=$TAP_DIR/house
export KAKU_BUILD=$HOUSE/build
unset KERNEL_TARBALL
mkdir -p "$HOUSE/ci" "$TAP_DIR"/apt/{lists,cache,repository}
cp "$HERE"/../../ci/{install,lib.sh} "$HOUSE/ci/"
chmod -R a+rX "$TAP_DIR"
INSTALL=$HOUSE/ci/install

# An apt of our own: no lists yet, and the sources of our choice.
sources() {
	echo "$1" >"$TAP_DIR/apt/sources.list"
	cat >"$TAP_DIR/apt/config" <<-CONFIG
		Dir::State::lists "$TAP_DIR/apt/lists";
		Dir::Cache "$TAP_DIR/apt/cache";
		Dir::Etc::sourcelist "$TAP_DIR/apt/sources.list";
		Dir::Etc::sourceparts "-";
		Acquire::Retries "0";
		APT::Sandbox::User "root";
	CONFIG
	export APT_CONFIG=$TAP_DIR/apt/config
}

printf '# what everybody has\nbash\ndpkg\n?no-such-package-either\n' >"$TAP_DIR/present"
printf 'bash\nno-such-package-kaku\n' >"$TAP_DIR/absent"
chmod a+r "$TAP_DIR"/{present,absent}

check 'nothing missing: success' "$INSTALL" "$TAP_DIR/present"
check_equal 'without a word' '' "$("$INSTALL" "$TAP_DIR/present" 2>&1)"
check_fails 'no list: says so' 'cannot read .*nowhere' "$INSTALL" "$TAP_DIR/nowhere"

sources 'deb http://127.0.0.1:9/debian nowhere main'
check_fails 'no network: says so, and what is missing' \
	"cannot reach Debian's package archive: .*127.0.0.1" "$INSTALL" "$TAP_DIR/absent"
check_fails 'and what is missing' 'missing here: no-such-package-kaku' "$INSTALL" "$TAP_DIR/absent"
check_equal 'one announcement, one error, one advice' 3 "$("$INSTALL" "$TAP_DIR/absent" 2>&1 | wc -l)"

: >"$TAP_DIR/apt/repository/Packages"
sources "deb [trusted=yes] file:$TAP_DIR/apt/repository ./"
check_fails 'no such package: names it' \
	'has no package no-such-package-kaku' "$INSTALL" "$TAP_DIR/absent"

if [ "$(id -u)" -eq 0 ]; then
	# A PATH with everything but sudo.
	mkdir "$TAP_DIR/bin"
	for tool in bash env dirname realpath mktemp rm dpkg-query apt-get id df tail tr cat grep; do
		ln -s "$(command -v $tool)" "$TAP_DIR/bin/"
	done
	chmod a+rx "$TAP_DIR/bin"
	check_fails 'neither root nor sudo: says what root should type' \
		'as root: apt-get install no-such-package-kaku' \
		setpriv --reuid=65534 --regid=65534 --clear-groups env PATH="$TAP_DIR/bin" "$INSTALL" "$TAP_DIR/absent"
	rm "$TAP_DIR/bin/apt-get"
	check_fails 'no Debian: says so' 'this is not a Debian system' \
		env PATH="$TAP_DIR/bin" "$INSTALL" "$TAP_DIR/absent"
else
	skip 'neither root nor sudo' 'this test runs as root'
fi
finish
