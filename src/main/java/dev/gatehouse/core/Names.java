package dev.gatehouse.core;

/** The one rule for names which callers choose: {@code [a-z0-9-]{1,63}}. */
final class Names {

  static final int LENGTH_MAX = 63;

  private Names() {}

  static boolean valid(String value) {
    int length = value.length();
    if (length == 0 || length > LENGTH_MAX) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      char c = value.charAt(i);
      if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-') {
        return false;
      }
    }
    return true;
  }

  static String require(String kind, String value) {
    if (!valid(value)) {
      throw new IllegalArgumentException(kind + " must match [a-z0-9-]{1,63}");
    }
    return value;
  }
}
