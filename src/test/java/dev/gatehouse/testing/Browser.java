package dev.gatehouse.testing;

import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** A person at a login page: keeps cookies, follows redirects, fills in the form. */
final class Browser implements AutoCloseable {

  private final HttpClient client = Http.client().cookieHandler(new CookieJar()).build();

  /**
   * Logs in at {@code authorize}.
   *
   * @return the code with which the issuer redirects to {@link OidcLogin#REDIRECT_URI}
   */
  String code(URI authorize, String username, String password, String state) {
    HttpResponse<String> page = follow(Http.request(authorize));
    LoginPage form =
        LoginPage.parse(page.uri(), page.body())
            .orElseThrow(() -> new IllegalStateException("no login page: " + describe(page)));
    Map<String, String> fields = new LinkedHashMap<>(form.hidden());
    fields.put("username", username);
    fields.put("password", password);
    HttpResponse<String> answer = follow(Http.form(form.action(), fields));
    URI redirect =
        location(answer)
            .filter(Browser::ours)
            .orElseThrow(() -> new IllegalStateException("login refused: " + describe(answer)));
    Map<String, String> query = query(redirect);
    if (!state.equals(query.get("state"))) {
      throw new IllegalStateException("the redirect answers another login");
    }
    String code = query.get("code");
    if (code == null) {
      throw new IllegalStateException("no code but " + query.keySet());
    }
    return code;
  }

  /** Follows redirects until a page, or until one that leads to our redirect URI. */
  private HttpResponse<String> follow(HttpRequest.Builder request) {
    HttpResponse<String> response = Http.send(client, request);
    for (int hops = 0; hops < OidcLogin.REDIRECTS_MAX; hops++) {
      Optional<URI> location = location(response);
      if (location.isEmpty() || ours(location.get())) {
        return response;
      }
      response = Http.send(client, Http.request(location.get()));
    }
    throw new IllegalStateException("too many redirects: " + describe(response));
  }

  private static Optional<URI> location(HttpResponse<String> response) {
    if (response.statusCode() / 100 != 3) {
      return Optional.empty();
    }
    return response.headers().firstValue("location").map(response.uri()::resolve);
  }

  private static boolean ours(URI location) {
    return location.toString().startsWith(OidcLogin.REDIRECT_URI + "?");
  }

  private static Map<String, String> query(URI uri) {
    Map<String, String> fields = new HashMap<>();
    for (String field : uri.getRawQuery().split("&", -1)) {
      int equals = field.indexOf('=');
      if (equals > 0) {
        fields.put(
            field.substring(0, equals),
            URLDecoder.decode(field.substring(equals + 1), StandardCharsets.UTF_8));
      }
    }
    return fields;
  }

  private static String describe(HttpResponse<String> response) {
    return response.statusCode() + " from " + response.uri().getPath();
  }

  @Override
  public void close() {
    client.close();
  }
}
