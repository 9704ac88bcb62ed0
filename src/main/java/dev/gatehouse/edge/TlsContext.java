package dev.gatehouse.edge;

import io.grpc.netty.GrpcSslContexts;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.Closeable;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Certificate and key of the port, read again when they change: connections made from then on see
 * the new certificate, those that are open stay.
 */
final class TlsContext implements Closeable {

  private final SslContext context;
  private final Closeable watch;
  private final ScheduledExecutorService watcher;

  private TlsContext(SslContext context, Closeable watch, ScheduledExecutorService watcher) {
    this.context = context;
    this.watch = watch;
    this.watcher = watcher;
  }

  /**
   * Reads certificate and key.
   *
   * @throws IOException if they cannot be read or do not fit each other
   */
  static TlsContext of(EdgeSettings.Tls tls) throws IOException {
    ScheduledExecutorService watcher =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("certificates").daemon(true).factory());
    try {
      AdvancedTlsX509KeyManager keys = new AdvancedTlsX509KeyManager();
      Closeable watch =
          keys.updateIdentityCredentials(
              tls.certificate().toFile(),
              tls.key().toFile(),
              tls.reloadInterval().toMillis(),
              TimeUnit.MILLISECONDS,
              watcher);
      SslContext context =
          GrpcSslContexts.configure(SslContextBuilder.forServer(keys), SslProvider.JDK)
              .protocols("TLSv1.3", "TLSv1.2")
              .build();
      return new TlsContext(context, watch, watcher);
    } catch (GeneralSecurityException e) {
      watcher.shutdownNow();
      throw new IOException("certificate and key cannot be used: " + tls.certificate(), e);
    } catch (IOException e) {
      watcher.shutdownNow();
      throw e;
    }
  }

  SslContext context() {
    return context;
  }

  @Override
  public void close() {
    try {
      watch.close();
    } catch (IOException e) {
      throw new IllegalStateException("closing a timer does no input or output", e);
    }
    watcher.shutdownNow();
  }
}
