package dev.gatehouse.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.stubs.inference.ServerLiveRequest;
import dev.gatehouse.testing.Await;
import dev.gatehouse.testing.GatewayClient;
import dev.gatehouse.testing.PostgresServer;
import dev.gatehouse.testing.Refused;
import dev.gatehouse.testing.TestAuthority;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** TLS of the packaged gateway, and certificates replaced while it runs. */
final class TlsIT {

  /** Files are looked at once a minute. */
  private static final Duration RELOAD_MAX = Duration.ofMinutes(5);

  @TempDir private Path folder;

  @Test
  void certificatesAndAuthorities_replacedWhileRunning_areSeenByNewConnections() throws Exception {
    TestAuthority first = TestAuthority.make(folder, "first");
    TestAuthority second = TestAuthority.make(folder, "second");
    Path certificate = folder.resolve("certificate.pem");
    Path key = folder.resolve("key.pem");
    Path clients = folder.resolve("clients.pem");
    first.issue("gateway").write(certificate, key);
    first.write(clients);
    TestAuthority.Identity oldClient = first.issue("client");
    TestAuthority.Identity newClient = second.issue("client");
    Map<String, String> settings =
        Map.of(
            "gatehouse.server.tls.certificate",
            certificate.toString(),
            "gatehouse.server.tls.key",
            key.toString(),
            "gatehouse.server.tls.client-ca",
            clients.toString(),
            "gatehouse.server.tls.client-certificate",
            "required",
            "gatehouse.server.host",
            "0.0.0.0");
    try (OwnGateway gateway = OwnGateway.start(PostgresServer.shared(), settings)) {
      int port = gateway.process().grpcPort();
      assertTrue(live(port, first, oldClient));
      assertFalse(live(port, second, oldClient), "the client trusts another authority");
      assertFalse(live(port, first, newClient), "the gateway trusts another authority");
      assertNoCertificateIsRefused(port, first);
      try (GatewayClient plaintext = new GatewayClient(port)) {
        Refused.plainly(
            Status.Code.UNAVAILABLE,
            () -> plaintext.inference().serverLive(ServerLiveRequest.getDefaultInstance()));
      }
      TestAuthority.Identity next = second.issue("gateway");
      next.write(certificate, key);
      second.write(clients);
      assertTrue(
          Await.until(RELOAD_MAX, () -> live(port, second, newClient)),
          "the new certificates are not seen");
      assertFalse(live(port, second, oldClient), "what is no longer trusted gets in");
      assertNoCertificateIsRefused(port, second);
      // Half-written files change nothing: what was good serves on.
      Files.writeString(certificate, "no certificate");
      String log = gateway.process().log().toString();
      assertNotEquals("", log);
      assertTrue(
          !Await.until(Duration.ofSeconds(3), () -> !presented(port).equals(next.certificate())),
          "a bad file took the good certificate away");
      assertTrue(live(port, second, newClient));
      assertFalse(Files.readString(gateway.process().log()).contains("PRIVATE KEY"));
    }
  }

  /** Whether a new connection gets through; anything but a failed handshake fails the test. */
  private static boolean live(int port, TestAuthority trusted, TestAuthority.Identity own) {
    try (GatewayClient client = new GatewayClient(port, trusted.client(Optional.of(own)))) {
      return client
          .inference()
          .withDeadlineAfter(30, TimeUnit.SECONDS)
          .serverLive(ServerLiveRequest.getDefaultInstance())
          .getLive();
    } catch (StatusRuntimeException e) {
      assertEquals(Status.Code.UNAVAILABLE, e.getStatus().getCode(), e.toString());
      return false;
    }
  }

  private static void assertNoCertificateIsRefused(int port, TestAuthority trusted) {
    try (GatewayClient client = new GatewayClient(port, trusted.client(Optional.empty()))) {
      Refused.plainly(
          Status.Code.UNAVAILABLE,
          () -> client.inference().serverLive(ServerLiveRequest.getDefaultInstance()));
    }
  }

  /** The certificate which a new connection is shown. */
  private static X509Certificate presented(int port) {
    X509TrustManager everybody =
        new X509TrustManager() {
          @Override
          public void checkClientTrusted(X509Certificate[] chain, String type) {}

          @Override
          public void checkServerTrusted(X509Certificate[] chain, String type) {}

          @Override
          public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
          }
        };
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {everybody}, null);
      try (SSLSocket socket =
          (SSLSocket) context.getSocketFactory().createSocket("localhost", port)) {
        var parameters = socket.getSSLParameters();
        parameters.setApplicationProtocols(new String[] {"h2"});
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        assertTrue(List.of("TLSv1.3", "TLSv1.2").contains(socket.getSession().getProtocol()));
        return (X509Certificate) socket.getSession().getPeerCertificates()[0];
      }
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
