# shellcheck shell=bash disable=SC2034
# What Socket Workbench is built from, and how to get it: the one place for app/run, tests/run,
# .ci/run and the package check. Sourced with pipefail on, never run. Works on Debian 12, Ubuntu 24.04 and later.
#
# A package with two names in two releases is written "first|second": any of them satisfies it, and the
# first one that the release offers is installed.

# To build, and to run the tests.
swb_build_packages=(
  build-essential cmake ninja-build ccache python3
  libasio-dev libfmt-dev nlohmann-json3-dev libcli11-dev libbenchmark-dev
  qt6-base-dev qt6-base-dev-tools "qt6-svg-dev|libqt6svg6-dev" "qt6-charts-dev|libqt6charts6-dev"
  "libqt6opengl6-dev|qt6-base-dev" # which Debian 12's qt6-charts-dev needs and does not name
)
# To show the window well: icons from SVG files, and sessions without X11.
swb_window_packages=(libqt6svg6 qt6-wayland)
# ThreadSanitizer comes from clang: GCC 12's warns about asio's fences.
swb_sanitizer_packages=(clang "libclang-rt-dev|libclang-rt-14-dev")
# To make the packages and to try them on a clean system with a real window.
swb_package_packages=(
  debootstrap "debian-archive-keyring|debian-keyring" dpkg-dev file gzip lintian
  desktop-file-utils appstream xvfb openbox wmctrl xdotool x11-utils
)

swb_root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
# When the outermost of the scripts started: those that it calls count on.
export SWB_STARTED=${SWB_STARTED:-$EPOCHSECONDS}

# swb_say TEXT...: a headline with the time since the start, on standard error.
swb_say() {
  local seconds=$((EPOCHSECONDS - SWB_STARTED))
  printf '\n==> [%02d:%02d] %s\n' $((seconds / 60)) $((seconds % 60)) "$*" >&2
}

# swb_die TEXT...: the last word of a script that cannot go on.
swb_die() {
  printf '\n%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

swb_is_installed() {
  local name
  for name in ${1//|/ }; do
    # With a name that is installed for several architectures there are several lines.
    if [[ $(dpkg-query -W -f '${db:Status-Status}\n' "$name" 2>/dev/null) =~ (^|$'\n')installed($|$'\n') ]]; then
      return 0
    fi
  done
  return 1
}

# The first of the names in "a|b" that apt can install; the first one when it knows none of them.
swb_installable_name() {
  local name
  for name in ${1//|/ }; do
    if [[ $(LC_ALL=C apt-cache policy "$name" 2>/dev/null) =~ 'Candidate: '[^\(] ]]; then
      printf '%s\n' "$name"
      return
    fi
  done
  printf '%s\n' "${1%%|*}"
}

# swb_install PACKAGE...: installs what is missing, without questions. Does nothing, and needs neither
# network nor rights, when everything is there. SWB_SKIP_INSTALL=1 trusts that it is.
swb_install() {
  if [[ "${SWB_SKIP_INSTALL:-}" == 1 ]]; then
    return 0
  fi
  local first_names=("${@%%|*}")
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    swb_die "this is not Debian or Ubuntu (no apt-get), so nothing can be installed from here.
Install what these Debian packages hold, then run again with SWB_SKIP_INSTALL=1:
  ${first_names[*]}"
  fi

  local spec missing=()
  for spec in "$@"; do
    swb_is_installed "$spec" || missing+=("$spec")
  done
  if ((${#missing[@]} == 0)); then
    return 0
  fi

  local as_root=() by_hand="apt-get install --no-install-recommends ${missing[*]%%|*}"
  if ((EUID != 0)); then
    by_hand="sudo $by_hand"
    if ! command -v sudo >/dev/null; then
      swb_die "packages are missing, and installing them needs root: you are not root and there is no sudo.
As root run:
  apt-get update && ${by_hand#sudo }"
    fi
    # Without a terminal nobody can type a password, so sudo must not wait for one.
    if ! sudo -n true 2>/dev/null && [[ ! -t 0 ]]; then
      swb_die "packages are missing, and sudo wants a password where nobody can type one. Run:
  sudo apt-get update && $by_hand"
    fi
    as_root=(sudo)
  fi

  swb_say "Installing ${#missing[@]} missing packages with apt-get: ${missing[*]%%|*}"
  local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a apt-get
    -o Acquire::Retries=2 -o Acquire::http::Timeout=30 -o Acquire::https::Timeout=30
    -o DPkg::Lock::Timeout=300)
  # An update can fail for a source that is not needed here; what counts is whether the install works.
  "${apt[@]}" -qq update >&2 || true
  local names=()
  for spec in "${missing[@]}"; do
    names+=("$(swb_installable_name "$spec")")
  done
  if ! "${apt[@]}" -y -qq -o Dpkg::Use-Pty=0 --no-install-recommends install "${names[@]}" \
    </dev/null 2>&1 | awk '!/^E: Failed to fetch/ || ++unreachable <= 3 { print; fflush() }' >&2; then
    swb_die "apt-get could not install what is missing; its messages are above. Is there a network, and does
the release (Debian 12, Ubuntu 24.04 or later) have these packages? When they can be reached, run:
  $([[ ${#as_root[@]} -gt 0 ]] && echo 'sudo ')apt-get update && $by_hand"
  fi
}

# The releases that are too old have the packages, but not the versions. Say it before CMake does.
swb_check_versions() {
  command -v cmake >/dev/null || swb_die "cmake is not installed (version 3.25 or later is needed)."
  local version
  version=$(cmake --version | sed -n '1s/^cmake version //p')
  if [[ "$(printf '%s\n' 3.25 "$version" | sort -V | head -n 1)" != 3.25 ]]; then
    swb_die "CMake $version is too old: 3.25 or later is needed, as in Debian 12 and Ubuntu 24.04."
  fi
}

# swb_build PRESET [cmake --build argument...]: configures and builds in the root of the repository.
swb_build() {
  local preset=$1
  shift
  # The presets take warnings for errors. Newer compilers have newer warnings, and those are no reason for a user
  # to be left without a program.
  local newer=()
  if [[ "$(c++ -dumpversion 2>/dev/null)" != 12* ]]; then
    newer=(-DSWB_WARNINGS_AS_ERRORS=OFF)
  fi
  (
    cd "$swb_root" || exit
    cmake --preset "$preset" "${newer[@]}" && cmake --build --preset "$preset" --parallel "$(nproc)" "$@"
  )
}
