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

  /** What a person answers to a page: the fields of its form, but for the hidden ones. */
  interface Person {
    Map<String, String> fields(LoginPage.Asks asks);
  }

  /**
   * Logs in at {@code authorize}, by as many pages as there are: none if the cookies suffice.
   *
   * @return the code with which the issuer redirects to {@link OidcLogin#REDIRECT_URI}
   */
  String code(URI authorize, Person person, String state) {
    HttpResponse<String> answer = follow(Http.request(authorize));
    LoginPage.Asks answered = null;
    for (int pages = 0; !returned(answer); pages++) {
      HttpResponse<String> page = answer;
      LoginPage form =
          LoginPage.parse(page.uri(), page.body())
              .orElseThrow(() -> new IllegalStateException("no login page: " + describe(page)));
      // The same question again means that the answer was wrong.
      if (form.asks() == answered || pages == OidcLogin.PAGES_MAX) {
        throw new IllegalStateException(
            "login refused: " + describe(page) + ", which asks for " + form.asks());
      }
      answered = form.asks();
      Map<String, String> fields = new LinkedHashMap<>(form.hidden());
      fields.putAll(person.fields(answered));
      answer = follow(Http.form(form.action(), fields));
    }
    return code(answer, state);
  }

  private static String code(HttpResponse<String> answer, String state) {
    Map<String, String> query = location(answer).map(Browser::query).orElse(Map.of());
    if (!state.equals(query.get("state"))) {
      throw new IllegalStateException("the redirect answers another login");
    }
    String code = query.get("code");
    if (code == null) {
      throw new IllegalStateException("no code but " + query.get("error"));
    }
    return code;
  }

  private static boolean returned(HttpResponse<String> answer) {
    return location(answer).filter(Browser::ours).isPresent();
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
