package dev.gatehouse.testing;

import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The form of a login page: what it asks, where it goes, and the fields it sends along untouched.
 *
 * <p>Reads HTML as the HTML standard (13.1.2.3, attributes) lets authors write start tags: any
 * order and case, values in double quotes, single quotes or none, character references in values.
 *
 * @param asks what it asks for
 * @param action where to post, resolved against the page's address
 * @param hidden the hidden fields with their values
 */
record LoginPage(Asks asks, URI action, Map<String, String> hidden) {

  /** What a page asks for. */
  enum Asks {
    /** Name and password. */
    PASSWORD,
    /** A one-time code. */
    ONE_TIME_CODE
  }

  private static final Pattern COMMENT = Pattern.compile("<!--.*?-->", Pattern.DOTALL);
  private static final String ATTRIBUTES = "((?:[^>\"']|\"[^\"]*\"|'[^']*')*)";
  private static final Pattern FORM =
      Pattern.compile(
          "<form(?=[\\s>/])" + ATTRIBUTES + ">(.*?)</form\\s*>",
          Pattern.DOTALL | Pattern.CASE_INSENSITIVE);
  private static final Pattern INPUT =
      Pattern.compile("<input(?=[\\s>/])" + ATTRIBUTES + ">", Pattern.CASE_INSENSITIVE);
  private static final Pattern ATTRIBUTE =
      Pattern.compile("([^\\s\"'<>/=]+)(?:\\s*=\\s*(?:\"([^\"]*)\"|'([^']*)'|([^\\s\"'=<>`]+)))?");
  private static final Pattern REFERENCE =
      Pattern.compile("&(?:#(\\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|(amp|lt|gt|quot|apos));");

  /** Copies the fields. */
  LoginPage {
    hidden = Map.copyOf(hidden);
  }

  /**
   * The first form of {@code html} with a password field or one named {@code otp}, or empty if
   * there is none.
   */
  static Optional<LoginPage> parse(URI page, String html) {
    Matcher form = FORM.matcher(COMMENT.matcher(html).replaceAll(""));
    while (form.find()) {
      Map<String, String> hidden = new LinkedHashMap<>();
      Asks asks = null;
      Matcher input = INPUT.matcher(form.group(2));
      while (input.find()) {
        Map<String, String> field = attributes(input.group(1));
        String type = field.getOrDefault("type", "text").toLowerCase(Locale.ROOT);
        if (type.equals("password")) {
          asks = Asks.PASSWORD;
        } else if (asks == null && "otp".equals(field.get("name"))) {
          asks = Asks.ONE_TIME_CODE;
        }
        if (type.equals("hidden") && field.containsKey("name")) {
          hidden.put(field.getOrDefault("name", ""), field.getOrDefault("value", ""));
        }
      }
      if (asks != null) {
        String action = attributes(form.group(1)).getOrDefault("action", "");
        return Optional.of(new LoginPage(asks, page.resolve(action), hidden));
      }
    }
    return Optional.empty();
  }

  private static Map<String, String> attributes(String text) {
    Map<String, String> attributes = new LinkedHashMap<>();
    Matcher attribute = ATTRIBUTE.matcher(text);
    while (attribute.find()) {
      String value = "";
      for (int group = 2; group <= 4; group++) {
        if (attribute.group(group) != null) {
          value = attribute.group(group);
        }
      }
      attributes.putIfAbsent(attribute.group(1).toLowerCase(Locale.ROOT), unescape(value));
    }
    return attributes;
  }

  private static String unescape(String text) {
    return REFERENCE
        .matcher(text)
        .replaceAll(reference -> Matcher.quoteReplacement(character(reference)));
  }

  private static String character(MatchResult reference) {
    if (reference.group(1) != null) {
      return Character.toString(Integer.parseInt(reference.group(1)));
    }
    if (reference.group(2) != null) {
      return Character.toString(Integer.parseInt(reference.group(2), 16));
    }
    return switch (reference.group(3)) {
      case "amp" -> "&";
      case "lt" -> "<";
      case "gt" -> ">";
      case "quot" -> "\"";
      default -> "'";
    };
  }
}
