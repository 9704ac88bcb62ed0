# Sourced by mvnw: points JAVA_HOME at a JDK of at least the release this project is compiled for.
# A JAVA_HOME that already names one is kept; otherwise the usual places of Linux, macOS and SDKMAN
# are searched and the lowest sufficient release wins, because that is the one the project is tested with.

gatehouse_jdk_release=$(sed -n 's:.*<java\.release>\([0-9]*\)</java\.release>.*:\1:p' "$(dirname "$0")/pom.xml")

# Prints the feature release of the JDK at $1, or nothing if there is no JDK (a JRE does not count).
gatehouse_release_of() {
  if [ ! -x "$1/bin/javac" ] || [ ! -r "$1/release" ]; then
    return 0
  fi
  sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release"
}

gatehouse_find_jdk() {
  gatehouse_best=''
  gatehouse_best_release=''
  set +f
  for gatehouse_candidate in \
    "$HOME"/.sdkman/candidates/java/* \
    "${SDKMAN_DIR:-/nonexistent}"/candidates/java/* \
    "$HOME"/.jdks/* "$HOME"/.jenv/versions/* \
    /usr/lib/jvm/* /usr/lib64/jvm/* /usr/java/* /usr/local/java/* /opt/java/* /opt/jdk* /opt/*jdk* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home \
    "$HOME"/Library/Java/JavaVirtualMachines/*/Contents/Home \
    /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
    /usr/local/opt/openjdk*/libexec/openjdk.jdk/Contents/Home; do
    gatehouse_release=$(gatehouse_release_of "$gatehouse_candidate")
    if [ -z "$gatehouse_release" ] || [ "$gatehouse_release" -lt "$gatehouse_jdk_release" ]; then
      continue
    fi
    if [ -z "$gatehouse_best" ] || [ "$gatehouse_release" -lt "$gatehouse_best_release" ]; then
      gatehouse_best=$gatehouse_candidate
      gatehouse_best_release=$gatehouse_release
    fi
  done
  set -f
}

gatehouse_current=''
if [ -n "${JAVA_HOME-}" ]; then
  gatehouse_current=$(gatehouse_release_of "$JAVA_HOME")
fi
if [ -z "$gatehouse_current" ] || [ "$gatehouse_current" -lt "$gatehouse_jdk_release" ]; then
  gatehouse_find_jdk
  if [ -z "$gatehouse_best" ]; then
    gatehouse_kind='no JDK'
    [ -z "$gatehouse_current" ] || gatehouse_kind="a JDK $gatehouse_current"
    {
      echo "Gatehouse needs a JDK $gatehouse_jdk_release or newer, and none was found."
      if [ -n "${JAVA_HOME-}" ]; then
        echo "JAVA_HOME is $JAVA_HOME, which is $gatehouse_kind."
      fi
      echo "Install one, for example:"
      echo "  Debian, Ubuntu   apt install temurin-$gatehouse_jdk_release-jdk   (from the Adoptium repository)"
      echo "  Fedora           dnf install java-$gatehouse_jdk_release-openjdk-devel"
      echo "  macOS            brew install openjdk@$gatehouse_jdk_release"
      echo "  SDKMAN           sdk install java $gatehouse_jdk_release-tem"
      echo "or set JAVA_HOME to the folder of one, and run the command again."
    } >&2
    exit 1
  fi
  JAVA_HOME=$gatehouse_best
  export JAVA_HOME
fi
