package dev.gatehouse.edge;

import dev.gatehouse.access.Logouts;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Where the identity provider tells of logouts (OpenID Connect Back-Channel Logout 1.0, section
 * 2.5): a POST of a form with a {@code logout_token}.
 *
 * <p>Asks for no credential, since the token is signed. Answers 200 if the login is ended, else 400
 * with an OAuth error and no detail; neither tells whether somebody is known.
 */
public final class BackChannelLogout {

  /** Its path on the management port. */
  public static final String PATH = "/oidc/back-channel-logout";

  /** The largest body taken: a token and the form around it. */
  static final int BODY_BYTES_MAX = 16 * 1024;

  private static final int OK = 200;
  private static final int BAD_REQUEST = 400;
  private static final int INTERNAL_ERROR = 500;
  private static final Logger LOG = Logger.getLogger(BackChannelLogout.class);

  private final Logouts logouts;

  /** The endpoint over the room's logouts. */
  public BackChannelLogout(Logouts logouts) {
    this.logouts = logouts;
  }

  /** Adds it to the routes of the management port, if any logout is taken. */
  public void addTo(Router router) {
    if (!logouts.taken()) {
      return;
    }
    router
        .post(PATH)
        .consumes("application/x-www-form-urlencoded")
        .handler(BodyHandler.create(false).setBodyLimit(BODY_BYTES_MAX))
        .blockingHandler(this::take, false)
        .failureHandler(BackChannelLogout::failed);
  }

  private void take(RoutingContext context) {
    String token = context.request().getFormAttribute("logout_token");
    Logouts.Outcome outcome = token == null ? Logouts.Outcome.INVALID : logouts.take(token);
    switch (outcome) {
      case ENDED -> answer(context, OK, null);
      case INVALID -> answer(context, BAD_REQUEST, "invalid_request");
      case FAILED -> answer(context, BAD_REQUEST, "temporarily_unavailable");
    }
  }

  private static void failed(RoutingContext context) {
    if (context.response().ended()) {
      return;
    }
    int status = context.statusCode();
    if (status >= BAD_REQUEST && status < INTERNAL_ERROR) {
      answer(context, status, "invalid_request");
      return;
    }
    LOG.errorf(context.failure(), "A logout could not be taken");
    answer(context, INTERNAL_ERROR, "server_error");
  }

  private static void answer(RoutingContext context, int status, @Nullable String error) {
    context.response().setStatusCode(status).putHeader(HttpHeaders.CACHE_CONTROL, "no-store");
    if (error == null) {
      context.end();
    } else {
      context.response().putHeader(HttpHeaders.CONTENT_TYPE, "application/json");
      context.end("{\"error\":\"" + error + "\"}");
    }
  }
}
