package dev.gatehouse.testing;

import java.net.CookieHandler;
import java.net.HttpCookie;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The cookies of one login at one issuer.
 *
 * <p>Unlike {@link java.net.CookieManager} it sends {@code Secure} cookies to the loopback address
 * without TLS, as browsers do, for which that address is trustworthy.
 */
final class CookieJar extends CookieHandler {

  private final Map<String, HttpCookie> cookies = new LinkedHashMap<>();

  @Override
  public synchronized Map<String, List<String>> get(URI uri, Map<String, List<String>> headers) {
    cookies.values().removeIf(HttpCookie::hasExpired);
    if (cookies.isEmpty()) {
      return Map.of();
    }
    String line =
        cookies.values().stream()
            .map(cookie -> cookie.getName() + "=" + cookie.getValue())
            .collect(Collectors.joining("; "));
    return Map.of("Cookie", List.of(line));
  }

  @Override
  public synchronized void put(URI uri, Map<String, List<String>> headers) {
    headers.forEach(
        (name, lines) -> {
          if (name.equalsIgnoreCase("set-cookie")) {
            lines.stream()
                .flatMap(line -> HttpCookie.parse(line).stream())
                .forEach(cookie -> cookies.put(cookie.getName(), cookie));
          }
        });
  }
}
