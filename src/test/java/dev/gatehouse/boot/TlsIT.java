package dev.gatehouse.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.gatehouse.stubs.inference.GRPCInferenceServiceGrpc;
import dev.gatehouse.stubs.inference.ServerLiveRequest;
import dev.gatehouse.testing.Await;
import dev.gatehouse.testing.GatewayClient;
import dev.gatehouse.testing.PostgresServer;
import dev.gatehouse.testing.Refused;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.Key;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
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

  /** A certificate for localhost and its key, made by the JDK's keytool. */
  private record Identity(X509Certificate certificate, Key key) {

    static Identity make(Path folder, String name) throws Exception {
      Path store = folder.resolve(name + ".p12");
      Process keytool =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                  "-genkeypair",
                  "-keystore",
                  store.toString(),
                  "-storetype",
                  "PKCS12",
                  "-storepass",
                  "changeit",
                  "-alias",
                  name,
                  "-keyalg",
                  "EC",
                  "-groupname",
                  "secp256r1",
                  "-dname",
                  "CN=" + name,
                  "-ext",
                  "SAN=dns:localhost,ip:127.0.0.1")
              .redirectErrorStream(true)
              .start();
      String said = new String(keytool.getInputStream().readAllBytes());
      assertEquals(0, keytool.waitFor(), said);
      KeyStore keys = KeyStore.getInstance("PKCS12");
      try (InputStream in = Files.newInputStream(store)) {
        keys.load(in, "changeit".toCharArray());
      }
      return new Identity(
          (X509Certificate) keys.getCertificate(name), keys.getKey(name, "changeit".toCharArray()));
    }

    void write(Path folder) throws Exception {
      replace(folder.resolve("key.pem"), pem("PRIVATE KEY", key.getEncoded()));
      replace(folder.resolve("certificate.pem"), pem("CERTIFICATE", certificate.getEncoded()));
    }

    private static void replace(Path file, String text) throws Exception {
      Path next = file.resolveSibling(file.getFileName() + ".next");
      Files.writeString(next, text);
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    static String pem(String kind, byte[] bytes) {
      return "-----BEGIN "
          + kind
          + "-----\n"
          + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes)
          + "\n-----END "
          + kind
          + "-----\n";
    }
  }

  @Test
  void certificate_replacedWhileRunning_isSeenByNewConnections() throws Exception {
    Identity first = Identity.make(folder, "first");
    Identity second = Identity.make(folder, "second");
    first.write(folder);
    Map<String, String> settings =
        Map.of(
            "gatehouse.server.tls.certificate",
            folder.resolve("certificate.pem").toString(),
            "gatehouse.server.tls.key",
            folder.resolve("key.pem").toString(),
            "gatehouse.server.host",
            "0.0.0.0");
    try (OwnGateway gateway = OwnGateway.start(PostgresServer.shared(), settings)) {
      int port = gateway.process().grpcPort();
      assertLive(port, first);
      Refused.plainly(Status.Code.UNAVAILABLE, () -> assertLive(port, second));
      try (GatewayClient plaintext = new GatewayClient(port)) {
        Refused.plainly(
            Status.Code.UNAVAILABLE,
            () -> plaintext.inference().serverLive(ServerLiveRequest.getDefaultInstance()));
      }
      second.write(folder);
      assertTrue(
          Await.until(RELOAD_MAX, () -> presented(port).equals(second.certificate())),
          "the new certificate is not served");
      assertLive(port, second);
      // A half-written pair changes nothing: what was good is served on.
      Files.writeString(folder.resolve("certificate.pem"), "no certificate");
      String log = gateway.process().log().toString();
      assertNotEquals("", log);
      assertTrue(
          !Await.until(Duration.ofSeconds(3), () -> !presented(port).equals(second.certificate())),
          "a bad file took the good certificate away");
      assertLive(port, second);
      assertFalse(Files.readString(gateway.process().log()).contains("PRIVATE KEY"));
    }
  }

  private static void assertLive(int port, Identity trusted) throws Exception {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("localhost", port)
            .sslContext(
                GrpcSslContexts.configure(
                        SslContextBuilder.forClient().trustManager(trusted.certificate()),
                        io.netty.handler.ssl.SslProvider.JDK)
                    .build())
            .build();
    try {
      assertTrue(
          GRPCInferenceServiceGrpc.newBlockingStub(channel)
              .withDeadlineAfter(30, TimeUnit.SECONDS)
              .serverLive(ServerLiveRequest.getDefaultInstance())
              .getLive());
    } finally {
      channel.shutdownNow();
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
