package dev.gatehouse.testing;

import dev.gatehouse.stubs.admin.v1.ApiKey;
import dev.gatehouse.stubs.admin.v1.Caller;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Every secret that the tests of this virtual machine came to know, and the search for them where
 * none belongs: the canary of the whole suite.
 *
 * <p>Tokens are learnt where they are issued, API keys and client secrets from the answers that
 * carry them, and what the demonstration realm ships is marked by {@link #MARK}. Metadata of every
 * answer is searched as it comes.
 */
public final class KnownSecrets {

  /** What every password, client secret and key of the demonstration begins with. */
  public static final String MARK = "demo-only-";

  /** Parts that are shorter say nothing. */
  private static final int CHARS_MIN = 20;

  private static final Set<String> PARTS = ConcurrentHashMap.newKeySet();
  private static final Set<String> LEAKS = ConcurrentHashMap.newKeySet();

  private KnownSecrets() {}

  /** Notes a secret. Of a token, its header is none: many tokens have the same. */
  public static void learn(String secret) {
    String[] parts = secret.split("\\.", -1);
    for (int i = parts.length == 3 ? 1 : 0; i < parts.length; i++) {
      if (parts[i].length() >= CHARS_MIN) {
        boolean ignored = PARTS.add(parts[i]);
      }
    }
  }

  /** How many parts of secrets are known. */
  static int count() {
    return PARTS.size();
  }

  /**
   * The secrets that stand in {@code text}, as themselves or as the hex digits of their bytes.
   *
   * @return the beginning of each, which is enough to find where it comes from
   */
  static List<String> in(String text) {
    List<String> found = new ArrayList<>();
    if (text.contains(MARK)) {
      found.add(MARK);
    }
    for (String part : PARTS) {
      if (text.contains(part) || text.contains(hex(part))) {
        found.add(part.substring(0, 8) + "…");
      }
    }
    return found;
  }

  private static String hex(String part) {
    return HexFormat.of().formatHex(part.getBytes(StandardCharsets.UTF_8));
  }

  /** What was found in the metadata of answers. */
  static Set<String> leaks() {
    return Set.copyOf(LEAKS);
  }

  /** Searches headers and trailers of every answer. */
  static ClientInterceptor watch() {
    return new ClientInterceptor() {
      @Override
      public <Q, A> ClientCall<Q, A> interceptCall(
          MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
        return new SimpleForwardingClientCall<Q, A>(next.newCall(method, options)) {
          @Override
          public void start(Listener<A> listener, Metadata headers) {
            super.start(new Watched<>(listener, method.getFullMethodName()), headers);
          }
        };
      }
    };
  }

  private static final class Watched<A> extends SimpleForwardingClientCallListener<A> {
    private final String method;

    Watched(ClientCall.Listener<A> listener, String method) {
      super(listener);
      this.method = method;
    }

    @Override
    public void onMessage(A message) {
      switch (message) {
        case ApiKey key -> learn(key.getKey());
        case Caller caller -> learn(caller.getClientSecret());
        default -> {}
      }
      super.onMessage(message);
    }

    @Override
    public void onHeaders(Metadata headers) {
      search(headers, "");
      super.onHeaders(headers);
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      search(trailers, String.valueOf(status.getDescription()));
      super.onClose(status, trailers);
    }

    /** Whatever stands in them, also the details of a refusal, whose bytes are read as text. */
    private void search(Metadata metadata, String more) {
      StringBuilder text = new StringBuilder(more);
      for (String key : metadata.keys()) {
        text.append('\n').append(key).append(' ');
        if (key.endsWith(Metadata.BINARY_HEADER_SUFFIX)) {
          byte[] value = metadata.get(Metadata.Key.of(key, Metadata.BINARY_BYTE_MARSHALLER));
          text.append(new String(value == null ? new byte[0] : value, StandardCharsets.ISO_8859_1));
        } else {
          text.append(metadata.get(Metadata.Key.of(key, Metadata.ASCII_STRING_MARSHALLER)));
        }
      }
      if (text.length() > 0) {
        in(text.toString()).forEach(leak -> LEAKS.add(method + ": " + leak));
      }
    }
  }
}
