package dev.gatehouse.audit.export;

/**
 * Text that others chose, made harmless: what ends lines, moves a cursor, hides or turns the
 * direction of what follows is written as {@code \}{@code uXXXX}. Which characters these are is
 * fixed, so that every version writes the same line for the same entry.
 */
final class SafeText {

  /** First and last of the ranges of characters that are escaped, ascending. */
  private static final char[] RANGES = {
    0x00, 0x1f, 0x7f, 0x9f, 0xad, 0xad, 0x61c, 0x61c, 0x180e, 0x180e, 0x200b, 0x200f, 0x2028,
    0x202e, 0x2060, 0x206f, 0xd800, 0xdfff, 0xfeff, 0xfeff, 0xfff0, 0xffff
  };

  private SafeText() {}

  /** Appends a text; a backslash becomes two, and {@code also} get one before them. */
  static void append(String text, String also, StringBuilder out) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\' || also.indexOf(c) >= 0) {
        out.append('\\').append(c);
      } else if (escaped(c)) {
        out.append("\\u");
        for (int shift = 12; shift >= 0; shift -= 4) {
          out.append(Character.forDigit(c >> shift & 0xf, 16));
        }
      } else {
        out.append(c);
      }
    }
  }

  private static boolean escaped(char c) {
    if (c >= ' ' && c < 0x7f) {
      return false;
    }
    for (int i = 0; i < RANGES.length; i += 2) {
      if (c >= RANGES[i] && c <= RANGES[i + 1]) {
        return true;
      }
    }
    return false;
  }
}
