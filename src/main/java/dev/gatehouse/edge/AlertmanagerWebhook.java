package dev.gatehouse.edge;

import dev.gatehouse.abuse.response.ReportedAlert;
import dev.gatehouse.keys.Secret;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.Predicate;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Where Alertmanager tells of alerts: a POST of its webhook's JSON with a bearer token, which is
 * asked for before anything of the body is looked at.
 *
 * <p>Answers 200 for what was taken and for what is none of our business, since Alertmanager would
 * send it again otherwise; 401 without the token, 400 for what is malformed, 413 for what is too
 * large, 415 for what is not JSON, and 503 if too much waits, when it is to come again.
 */
public final class AlertmanagerWebhook {

  /** Its path on the management port. */
  public static final String PATH = "/abuse/alertmanager";

  /** The shortest token. */
  public static final int TOKEN_CHARS_MIN = 32;

  /** The largest body taken. */
  static final int BODY_BYTES_MAX = 1024 * 1024;

  /** Messages looked at at once. */
  static final int MESSAGES_AT_ONCE_MAX = 4;

  private static final int OK = 200;
  private static final int BAD_REQUEST = 400;
  private static final int UNAUTHORIZED = 401;
  private static final int TOO_LARGE = 413;
  private static final int UNSUPPORTED_TYPE = 415;
  private static final int INTERNAL_ERROR = 500;
  private static final int UNAVAILABLE = 503;
  private static final String BEARER = "Bearer ";
  private static final Logger LOG = Logger.getLogger(AlertmanagerWebhook.class);

  private final byte @Nullable [] tokenHash;
  private final Predicate<List<ReportedAlert>> taker;
  private final Semaphore places = new Semaphore(MESSAGES_AT_ONCE_MAX);

  /**
   * The endpoint.
   *
   * @param token what Alertmanager must present; without one there is no endpoint
   * @param taker takes the alerts of a message; says no if too much waits
   */
  public AlertmanagerWebhook(Optional<Secret> token, Predicate<List<ReportedAlert>> taker) {
    this.tokenHash = token.map(secret -> sha256(secret.reveal())).orElse(null);
    this.taker = taker;
  }

  /** Adds it to the routes of the management port, if there is a token. */
  public void addTo(Router router) {
    if (tokenHash == null) {
      return;
    }
    router.post(PATH).handler(this::authenticate);
    router
        .post(PATH)
        .handler(BodyHandler.create(false).setBodyLimit(BODY_BYTES_MAX))
        .blockingHandler(this::take, false)
        .failureHandler(AlertmanagerWebhook::failed);
  }

  private void authenticate(RoutingContext context) {
    List<String> credentials = context.request().headers().getAll(HttpHeaders.AUTHORIZATION);
    if (credentials.size() != 1 || !known(credentials.getFirst())) {
      context.response().putHeader("WWW-Authenticate", "Bearer");
      refuse(context, UNAUTHORIZED);
    } else if (!json(context.request().getHeader(HttpHeaders.CONTENT_TYPE))) {
      refuse(context, UNSUPPORTED_TYPE);
    } else {
      context.next();
    }
  }

  /** Hashes are compared, so that neither the length nor the time tells of the token. */
  private boolean known(String credential) {
    return credential.regionMatches(true, 0, BEARER, 0, BEARER.length())
        && MessageDigest.isEqual(tokenHash, sha256(credential.substring(BEARER.length())));
  }

  private static boolean json(@Nullable String contentType) {
    return contentType != null
        && contentType.split(";", 2)[0].strip().equalsIgnoreCase("application/json");
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private void take(RoutingContext context) {
    if (!places.tryAcquire()) {
      answer(context, UNAVAILABLE);
      return;
    }
    try {
      byte[] body = context.body().buffer() == null ? new byte[0] : bytes(context);
      answer(context, taker.test(AlertmanagerMessage.parse(body)) ? OK : UNAVAILABLE);
    } catch (AlertmanagerMessage.MalformedException e) {
      answer(context, BAD_REQUEST);
    } finally {
      places.release();
    }
  }

  private static byte[] bytes(RoutingContext context) {
    return context.body().buffer().getBytes();
  }

  private static void failed(RoutingContext context) {
    if (context.response().ended()) {
      return;
    }
    int status = context.statusCode();
    if (status == TOO_LARGE) {
      refuse(context, status);
    } else if (status >= BAD_REQUEST && status < INTERNAL_ERROR) {
      answer(context, status);
    } else {
      LOG.errorf(context.failure(), "Alerts could not be taken");
      answer(context, INTERNAL_ERROR);
    }
  }

  /** Answers before the body has come, which nobody wants to wait for. */
  private static void refuse(RoutingContext context, int status) {
    if (context.request().version() != HttpVersion.HTTP_2) {
      context.response().putHeader(HttpHeaders.CONNECTION, "close");
    }
    answer(context, status);
  }

  private static void answer(RoutingContext context, int status) {
    context.response().setStatusCode(status).putHeader(HttpHeaders.CACHE_CONTROL, "no-store");
    context.end();
  }
}
