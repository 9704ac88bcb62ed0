package dev.gatehouse.audit.checkpoint;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * An HTTP server that takes {@code PUT <url>/<size>}, with the note as the body; any 2xx is its
 * word that it keeps it, and 409 with a note that it keeps another of that size. Redirects are not
 * followed.
 */
public final class HttpCheckpointSink implements CheckpointSink, AutoCloseable {

  /** How long connecting may take. */
  static final Duration CONNECT_MAX = Duration.ofSeconds(5);

  /** How long a whole exchange may take. */
  static final Duration EXCHANGE_MAX = Duration.ofSeconds(10);

  private static final String NAME = "http";
  private static final int OK_MIN = 200;
  private static final int OK_MAX = 299;
  private static final int CONFLICT = 409;

  private final String url;
  private final Optional<Path> tokenFile;
  private final HttpClient client =
      HttpClient.newBuilder()
          .connectTimeout(CONNECT_MAX)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();

  /**
   * A server.
   *
   * @param url without the slash before the size
   * @param tokenFile a file with a bearer token, read again for each checkpoint; or empty
   */
  public HttpCheckpointSink(String url, Optional<Path> tokenFile) {
    this.url = url.replaceFirst("/+$", "");
    this.tokenFile = tokenFile;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public void keep(Checkpoint checkpoint, SignedNote note) throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url + "/" + checkpoint.size()))
            .timeout(EXCHANGE_MAX)
            .header("Content-Type", "text/plain; charset=utf-8")
            .PUT(HttpRequest.BodyPublishers.ofString(note.toString()));
    if (tokenFile.isPresent()) {
      request.header("Authorization", "Bearer " + token(tokenFile.get()));
    }
    // The timeout of a request ends with the headers of its answer: this one is of all of it.
    CompletableFuture<HttpResponse<String>> exchange =
        client.sendAsync(request.build(), HttpCheckpointSink::body);
    try {
      requireKept(exchange.get(EXCHANGE_MAX.toMillis(), TimeUnit.MILLISECONDS), checkpoint);
    } catch (ExecutionException e) {
      throw new IOException("the server of checkpoints cannot be asked", e.getCause());
    } catch (TimeoutException e) {
      throw new IOException("the server of checkpoints does not answer", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      boolean unused = exchange.cancel(true);
    }
  }

  /** Of a conflict alone the body is of interest. */
  private static HttpResponse.BodySubscriber<String> body(HttpResponse.ResponseInfo answer) {
    return answer.statusCode() == CONFLICT
        ? HttpResponse.BodySubscribers.limiting(
            HttpResponse.BodySubscribers.ofString(StandardCharsets.UTF_8), SignedNote.CHARS_MAX)
        : HttpResponse.BodySubscribers.replacing("");
  }

  /** Of two replicas with keys of their own, each may have signed the same. */
  private static void requireKept(HttpResponse<String> answer, Checkpoint checkpoint)
      throws IOException {
    int status = answer.statusCode();
    if (status >= OK_MIN && status <= OK_MAX) {
      return;
    }
    String refused = "the server of checkpoints answered " + status;
    if (status != CONFLICT) {
      throw new IOException(refused);
    }
    SignedNote there;
    try {
      there = SignedNote.parse(answer.body());
      if (Checkpoint.parse(there.text()).equals(checkpoint)) {
        return;
      }
    } catch (NoteException e) {
      throw new IOException(refused + " without a note: " + e.getMessage(), e);
    }
    throw new OtherCheckpointException(refused, there);
  }

  private static String token(Path file) throws IOException {
    String token = Files.readString(file).strip();
    if (!token.matches("[\\x21-\\x7e]+")) {
      // Without the text, which is a secret.
      throw new IOException(file + " holds no bearer token");
    }
    return token;
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
