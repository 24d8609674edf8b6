#!/usr/bin/env bash
# Makes the Debian packages from a build folder (build/release unless one is given) and tries them out on a clean
# Debian 12: installs them there with apt, checks what they bring, uses both programs, and removes them again.
# The clean system is made by debootstrap in a temporary folder, from the mirrors that this machine's apt uses;
# it is kept in the cache folder of the user, so that a second run is quick. Needs root, for debootstrap and chroot.
#
# The X server and the tools that look at the window run outside of the clean system, which gets nothing but what
# the packages ask for: a dependency they forget to name is missing there.
set -euo pipefail
# shellcheck source=installer/dependencies.sh
source "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/dependencies.sh"

suite=bookworm
id=org.socketworkbench.SocketWorkbench
build=$(realpath -m "${1:-$swb_root/build/release}")
cache=${XDG_CACHE_HOME:-$HOME/.cache}/socket-workbench/package-check
checks=0

[[ -f $build/CPackConfig.cmake ]] || swb_die "there is no build in $build; run tests/run first."
((EUID == 0)) || swb_die "root is needed, for debootstrap and chroot: run it with sudo."
swb_install "${swb_build_packages[@]}" "${swb_package_packages[@]}"

work=$(mktemp -d "${TMPDIR:-/tmp}/socket-workbench-package.XXXXXX")
root=$work/root
background=()

clean_up() {
  local status=$? pid
  set +e
  for pid in "${background[@]}"; do
    kill "$pid" 2>/dev/null || continue
    until_true 5 eval "! kill -0 $pid 2>/dev/null" || kill -KILL "$pid"
  done
  wait
  if ((status != 0)); then
    printf '\nPackage check: FAILED\n'
  fi
  rm -rf --one-file-system "$work"
}
trap clean_up EXIT

# fail TEXT...: a check that did not hold.
fail() {
  printf 'FAILED: %s\n' "$*"
  exit 1
}

pass() {
  checks=$((checks + 1))
  printf 'ok: %s\n' "$*"
}

# until_true SECONDS COMMAND...: tries until it succeeds; false when the time is over.
until_true() {
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < end)) || return 1
    sleep 0.1
  done
}

# --- The clean system ------------------------------------------------------------------------------------------

# Commands in the clean system see its own /proc and the devices of this machine, in a mount name space of their
# own: the mounts end with the command, and removing the folder can never reach through them.
# shellcheck disable=SC2016
enter=(unshare --mount -- sh -c '
  root=$1; shift
  mount -t proc proc "$root/proc" && mount --rbind /dev "$root/dev" && exec chroot "$root" "$@"' enter "$root")
# A user's environment, so that nothing of the caller's decides what happens. A proxy is no matter of taste.
plain=(env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8)
for variable in http_proxy https_proxy ftp_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
  if [[ -n ${!variable:-} ]]; then
    plain+=("$variable=${!variable}")
  fi
done

as_root() {
  "${enter[@]}" "${plain[@]}" HOME=/root DEBIAN_FRONTEND=noninteractive "$@" </dev/null
}

# As a user without rights, with a home of its own. The first replaces this shell, so that in the background $! is
# the program itself.
become_user() {
  local settings=(HOME=/tmp/home XDG_RUNTIME_DIR=/tmp/home/run)
  [[ -z ${platform:-} ]] || settings+=("QT_QPA_PLATFORM=$platform")
  [[ -z ${display:-} ]] || settings+=("DISPLAY=$display")
  exec "${enter[@]}" setpriv --reuid=1000 --regid=1000 --clear-groups "${plain[@]}" "${settings[@]}" "$@" </dev/null
}
as_user() {
  (become_user "$@")
}

# The sources of this machine's apt that are the suite wanted, as lines for sources.list; nothing if it has none.
host_sources() {
  # shellcheck disable=SC2016
  apt-get indextargets --format '$(ORIGIN)|$(CODENAME)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)' 'Created-By: Packages' |
    awk -F '|' -v suite="$suite" -v keys="$keyring" \
      '$1 == "Debian" && index($2, suite) == 1 && $5 == "main" && $3 ~ /^https?:/ { print "deb [signed-by=" keys "] " $3 " " $4 " main" }' |
    sort -u
}

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
architecture=$(dpkg --print-architecture)
base=$cache/debian-$suite-$architecture.tar.gz

make_base() {
  local mirror sources
  sources=$(host_sources)
  mirror=$(awk -v suite="$suite" '$4 == suite { print $3; exit }' <<<"$sources")
  if [[ -z ${http_proxy:-} ]]; then
    local proxy=
    eval "$(apt-config shell proxy Acquire::http::Proxy)"
    [[ -z $proxy || $proxy == DIRECT ]] || export http_proxy=$proxy
  fi
  swb_say "Making a clean Debian ($suite, $architecture) with debootstrap"
  # Without a mirror of this machine's debootstrap takes its own default.
  debootstrap --variant=minbase --include=ca-certificates --keyring="$keyring" "$suite" "$work/base" \
    ${mirror:+"$mirror"} >"$work/debootstrap.log" 2>&1 || {
    tail -n 20 "$work/debootstrap.log"
    fail "debootstrap could not make the clean system, so the package was not checked"
  }
  mkdir -p "$cache"
  tar --create --gzip --file "$base.$$" --one-file-system -C "$work/base" .
  mv "$base.$$" "$base"
  rm -rf --one-file-system "$work/base"
}

# A base that is a month old would have to be upgraded; a new one is quicker.
if [[ ! -f $base || -n $(find "$base" -mtime +30) ]]; then
  make_base
fi
swb_say "Unpacking the clean Debian"
mkdir -p "$root"
tar --extract --gzip --file "$base" -C "$root"

# It reaches what this machine reaches: the same sources, name servers, proxies and certificates.
sources=$(host_sources)
if [[ -n $sources ]]; then
  printf '%s\n' "$sources" >"$root/etc/apt/sources.list"
fi
cp -L /etc/resolv.conf "$root/etc/resolv.conf"
cp -L /etc/hosts "$root/etc/hosts"
apt-config dump | grep '^Acquire::' >"$root/etc/apt/apt.conf.d/90host" || true
cp -R /etc/apt/auth.conf.d/. "$root/etc/apt/auth.conf.d/" 2>/dev/null || true
if [[ -f /etc/ssl/certs/ca-certificates.crt ]]; then
  cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
fi
# No service starts because of an installation, and what was fetched once is not fetched again.
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
printf '%s\n' 'APT::Keep-Downloaded-Packages "true";' 'APT::Sandbox::User "root";' \
  >"$root/etc/apt/apt.conf.d/91check"
mkdir -p "$cache/archives"
find "$cache/archives" -name '*.deb' -mtime +30 -delete
cp "$cache"/archives/*.deb "$root/var/cache/apt/archives/" 2>/dev/null || true
mkdir -p "$root/tmp/home/run" "$root/packages"
chown -R 1000:1000 "$root/tmp/home"
chmod 700 "$root/tmp/home/run"
chmod 1777 "$root/tmp"
as_root true || fail "nothing can be run in the clean system (is mounting allowed here?), so the package was not checked"

# --- The packages ----------------------------------------------------------------------------------------------

version=$(sed -n 's/^CMAKE_PROJECT_VERSION:STATIC=//p' "$build/CMakeCache.txt")
swb_say "Making the packages of Socket Workbench $version"
(cd "$build" && cpack --config CPackConfig.cmake -G DEB -B "$build/package")
application=$build/package/socket-workbench_${version}-1_$architecture.deb
development=$build/package/libswb-dev_${version}-1_$architecture.deb
for package in "$application" "$development"; do
  [[ -f $package ]] || fail "cpack made no ${package##*/}"
  printf '\n%s\n' "${package##*/}"
  dpkg-deb --field "$package"
  dpkg-deb --contents "$package" | awk '$6 !~ /\/$/ { print "  " $3 "\t" $6 }'
done
pass "cpack makes the packages of version $version"

# Only what lintian calls an error counts. The bug that asks for a package exists in Debian's own archive only.
lintian --fail-on error --allow-root --suppress-tags initial-upload-closes-no-bugs "$application" "$development" || fail "lintian finds errors"
pass "lintian finds no errors"

swb_say "Building a program with nothing but what libswb-dev holds"
dpkg-deb --extract "$development" "$work/dev"
cmake -G Ninja -S "$swb_root/installer/consumer" -B "$work/consumer" -DCMAKE_BUILD_TYPE=Release \
  -DCMAKE_PREFIX_PATH="$work/dev/usr" -DCMAKE_CXX_COMPILER_LAUNCHER=ccache >/dev/null
cmake --build "$work/consumer" --parallel "$(nproc)"
timeout 30 "$work/consumer/consumer" || fail "a program built with libswb-dev does not work"
pass "a program outside of this repository builds with libswb-dev and works"

# --- Install, and what is there then ---------------------------------------------------------------------------

swb_say "Installing the packages in the clean system"
as_root apt-get -q update
cp "$application" "$development" "$root/packages/"
as_root apt-get -y -q -o Dpkg::Use-Pty=0 --no-install-recommends install \
  "/packages/${application##*/}" "/packages/${development##*/}" ||
  fail "apt cannot install the packages"
cp -n "$root"/var/cache/apt/archives/*.deb "$cache/archives/" 2>/dev/null || true
pass "apt installs them on a clean Debian"

as_root dpkg -L socket-workbench libswb-dev | sort -u >"$work/files"
for file in /usr/bin/socket-workbench /usr/bin/swb "/usr/share/applications/$id.desktop" \
  "/usr/share/metainfo/$id.metainfo.xml" "/usr/share/icons/hicolor/scalable/apps/$id.svg" \
  "/usr/share/icons/hicolor/"{16x16,22x22,24x24,32x32,48x48,64x64,128x128,256x256}"/apps/$id.png" \
  /usr/share/man/man1/{socket-workbench,swb}.1.gz /usr/share/doc/socket-workbench/{copyright,changelog.Debian.gz} \
  /usr/include/engine/net/socket.h; do
  grep -qxF "$file" "$work/files" || fail "the package lacks $file"
done
pass "programs, menu entry, icons, description, manual pages and headers are there"

desktop-file-validate "$root/usr/share/applications/$id.desktop" || fail "the menu entry is not valid"
pass "the menu entry is valid"
appstreamcli validate --no-net "$root/usr/share/metainfo/$id.metainfo.xml" || fail "the description is not valid"
pass "the description for software centres is valid"

for program in swb socket-workbench; do
  shown=$(platform=offscreen as_user "$program" --version) || fail "$program --version does not work: $shown"
  grep -qwF "$version" <<<"$shown" || fail "$program --version says '$shown', the project is $version"
  pass "$program --version says $shown"
done

# The manual pages know every option that --help knows.
for help in "swb" "swb send" "swb listen" "swb peer" "socket-workbench"; do
  program=${help%% *}
  page=$(gzip -dc "$root/usr/share/man/man1/$program.1.gz" | sed 's/\\-/-/g')
  # shellcheck disable=SC2086
  options=$(platform=offscreen as_user $help --help | grep -oE '(^|[ ,])--[a-z][a-z-]*' | tr -d ' ,' | sort -u) ||
    fail "$help --help does not work"
  for option in $options; do
    [[ $page == *"$option"* ]] || fail "the manual page $program(1) lacks $option of $help --help"
  done
done
pass "the manual pages know every option that --help knows"

# --- swb: from one process to another --------------------------------------------------------------------------

swb_say "Sending a file and two texts from swb to swb"
head -c 3000000 /dev/urandom >"$root/tmp/home/body"
{ printf 'head\n' && cat "$root/tmp/home/body" && printf 'tail\n'; } >"$work/expected"
become_user timeout 60 swb listen tcp://127.0.0.1:0 --once --output /tmp/home/received 2>"$work/listen" &
listener=$!
background+=("$listener")
is_listening() { grep -q '^listening on tcp://127.0.0.1:[0-9]' "$work/listen"; }
until_true 20 is_listening || fail "swb listen does not say where it listens: $(<"$work/listen")"
address=$(sed -n 's/^listening on //p' "$work/listen")
as_user timeout 60 swb send "$address" --text 'head\n' --file /tmp/home/body --text 'tail\n' --json ||
  fail "swb send ends with $?"
wait "$listener" || fail "swb listen ends with $?: $(<"$work/listen")"
cmp "$work/expected" "$root/tmp/home/received" || fail "what swb received is not what was sent"
pass "what swb sends is what swb receives"

# --- The window ------------------------------------------------------------------------------------------------

swb_say "Opening the window"
mkfifo "$work/display"
# In a session of its own, so that it outlives what it shows; without access control, as another user connects.
setsid Xvfb -displayfd 3 -screen 0 1280x900x24 -nolisten tcp -ac 3>"$work/display" 2>"$work/xvfb.log" &
background+=($!)
read -r -t 30 number <"$work/display" || fail "Xvfb does not start: $(<"$work/xvfb.log")"
display=:$number
export DISPLAY=$display
setsid openbox >"$work/openbox.log" 2>&1 &
background+=($!)
window_manager_runs() { [[ $(xprop -root _NET_SUPPORTING_WM_CHECK 2>/dev/null) == *'window id'* ]]; }
until_true 20 window_manager_runs || fail "openbox does not start: $(<"$work/openbox.log")"

# open_window: starts the program and waits for its window; sets $program and $window.
open_window() {
  become_user socket-workbench >"$work/window.log" 2>&1 &
  program=$!
  background+=("$program")
  until_true 30 find_window || fail "no window titled Socket Workbench appears: $(<"$work/window.log")"
}
find_window() {
  kill -0 "$program" 2>/dev/null || return 1
  window=$(xdotool search --onlyvisible --name 'Socket Workbench' 2>/dev/null)
  window=${window%%$'\n'*}
  [[ -n $window ]]
}
has_ended() { ! kill -0 "$program" 2>/dev/null; }

open_window
pass "the window appears: $(xdotool getwindowname "$window")"
class=$(xprop -id "$window" WM_CLASS)
expected_class=$(sed -n 's/^StartupWMClass=//p' "$root/usr/share/applications/$id.desktop")
grep -qF "\"$expected_class\"" <<<"$class" || fail "the menu entry expects the window class $expected_class: $class"
pass "the window belongs to its menu entry ($expected_class)"
icon=$(xprop -id "$window" _NET_WM_ICON)
[[ $icon == *'Icon ('* ]] || fail "the window has no icon"
pass "the window has an icon"
wmctrl -i -c "$window"
until_true 15 has_ended || fail "the program goes on after its window was closed"
wait "$program" || fail "the program ends with $? when its window is closed: $(<"$work/window.log")"
pass "closing the window ends the program with 0"

open_window
kill -TERM "$program"
until_true 15 has_ended || fail "the program goes on after SIGTERM"
wait "$program" && result=0 || result=$?
((result == 0 || result == 143)) || fail "the program ends with $result at SIGTERM: $(<"$work/window.log")"
pass "SIGTERM ends the program (exit status $result)"
if [[ -s $work/window.log ]]; then
  printf 'It printed:\n%s\n' "$(<"$work/window.log")"
fi

# --- Remove ----------------------------------------------------------------------------------------------------

swb_say "Removing the packages"
as_root apt-get -y -q -o Dpkg::Use-Pty=0 purge socket-workbench libswb-dev || fail "apt cannot remove the packages"
while read -r file; do
  if [[ -e $root$file || -L $root$file ]] && [[ ! -d $root$file ]]; then
    fail "$file is still there"
  fi
done <"$work/files"
left=$(cd "$root" && find etc opt srv usr var -xdev \( -path var/cache/apt -o -path var/log \) -prune -o \
  \( -iname '*socket-workbench*' -o -iname '*socketworkbench*' -o -iname '*swb*' \) -print)
[[ -z $left ]] || fail "left behind: $left"
if as_root dpkg-query -W socket-workbench libswb-dev >/dev/null 2>&1; then
  fail "dpkg still knows the packages"
fi
pass "nothing is left behind"

swb_say "The packages are good"
printf 'Package check: %d checks passed, 0 failed\n' "$checks"
