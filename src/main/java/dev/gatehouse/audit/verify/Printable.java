package dev.gatehouse.audit.verify;

/** Text that others chose, in a form that is safe on a terminal and in one line. */
final class Printable {

  private static final int CHARS_MAX = 200;

  private Printable() {}

  /** The text, cut off and with everything but printable ASCII escaped. */
  static String of(String text) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < text.length() && out.length() < CHARS_MAX; i++) {
      char c = text.charAt(i);
      if (c >= ' ' && c <= '~') {
        out.append(c);
      } else {
        out.append("\\u%04x".formatted((int) c));
      }
    }
    return out.toString();
  }
}
