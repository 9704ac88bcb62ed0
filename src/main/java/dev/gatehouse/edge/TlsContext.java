package dev.gatehouse.edge;

import io.grpc.netty.GrpcSslContexts;
import io.grpc.util.AdvancedTlsX509KeyManager;
import io.grpc.util.AdvancedTlsX509TrustManager;
import io.grpc.util.CertificateUtils;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Certificate and key of the port, and the authorities of client certificates, read again when they
 * change: connections made from then on see what is new, those that are open stay.
 *
 * <p>A resumed session is not checked against the authorities, so where clients show certificates a
 * session can be resumed for no longer than changes take to be seen.
 */
final class TlsContext implements Closeable {

  private final SslContext context;
  private final List<Closeable> watches;
  private final ScheduledExecutorService watcher;

  private TlsContext(
      SslContext context, List<Closeable> watches, ScheduledExecutorService watcher) {
    this.context = context;
    this.watches = watches;
    this.watcher = watcher;
  }

  /**
   * Reads certificate and key.
   *
   * @throws IOException if they cannot be read or do not fit each other, or no authority is there
   */
  static TlsContext of(EdgeSettings.Tls tls) throws IOException {
    ScheduledExecutorService watcher =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("certificates").daemon(true).factory());
    List<Closeable> watches = new ArrayList<>();
    Path file = tls.certificate();
    try {
      AdvancedTlsX509KeyManager keys = new AdvancedTlsX509KeyManager();
      watches.add(
          keys.updateIdentityCredentials(
              tls.certificate().toFile(),
              tls.key().toFile(),
              tls.reloadInterval().toMillis(),
              TimeUnit.MILLISECONDS,
              watcher));
      SslContextBuilder builder =
          GrpcSslContexts.configure(SslContextBuilder.forServer(keys), SslProvider.JDK)
              .protocols("TLSv1.3", "TLSv1.2");
      if (tls.clientCa() != null) {
        file = tls.clientCa();
        requireCertificates(file);
        AdvancedTlsX509TrustManager authorities = AdvancedTlsX509TrustManager.newBuilder().build();
        watches.add(
            authorities.updateTrustCredentials(
                file.toFile(), tls.reloadInterval().toMillis(), TimeUnit.MILLISECONDS, watcher));
        builder
            .trustManager(authorities)
            .clientAuth(clientAuth(tls.clientCertificate()))
            .sessionTimeout(tls.reloadInterval().toSeconds());
      }
      return new TlsContext(builder.build(), List.copyOf(watches), watcher);
    } catch (GeneralSecurityException e) {
      watcher.shutdownNow();
      throw new IOException("certificates and keys cannot be used: " + file, e);
    } catch (IOException e) {
      watcher.shutdownNow();
      throw e;
    }
  }

  /** A bundle of nothing would be read, and then trust nobody without saying so. */
  private static void requireCertificates(Path bundle)
      throws IOException, GeneralSecurityException {
    try (InputStream in = Files.newInputStream(bundle)) {
      if (CertificateUtils.getX509Certificates(in).length == 0) {
        throw new IOException("no certificate of an authority in " + bundle);
      }
    }
  }

  private static ClientAuth clientAuth(EdgeSettings.ClientCertificates wanted) {
    return switch (wanted) {
      case NONE -> ClientAuth.NONE;
      case OPTIONAL -> ClientAuth.OPTIONAL;
      case REQUIRED -> ClientAuth.REQUIRE;
    };
  }

  SslContext context() {
    return context;
  }

  @Override
  public void close() {
    for (Closeable watch : watches) {
      try {
        watch.close();
      } catch (IOException e) {
        throw new IllegalStateException("closing a timer does no input or output", e);
      }
    }
    watcher.shutdownNow();
  }
}
