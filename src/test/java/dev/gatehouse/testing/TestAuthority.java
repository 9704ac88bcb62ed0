package dev.gatehouse.testing;

import io.grpc.netty.GrpcSslContexts;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManagerFactory;

/** A certificate authority of one test, by the JDK's keytool; its keys are worth nothing. */
public final class TestAuthority {

  private static final String PASSWORD = "changeit";
  private static final String SELF = "authority";

  private final Path store;

  private TestAuthority(Path store) {
    this.store = store;
  }

  /** Makes one, whose key is kept below {@code folder}. */
  public static TestAuthority make(Path folder, String name) {
    TestAuthority authority = new TestAuthority(folder.resolve(name + ".p12"));
    authority.keytool(SELF, name, "-ext", "bc:c", "-ext", "KeyUsage:critical=keyCertSign");
    return authority;
  }

  /** A certificate for a name and this machine, its key, and the certificate of its issuer. */
  public record Identity(X509Certificate certificate, PrivateKey key, X509Certificate issuer) {

    /** The SHA-256 of the certificate, as {@code x5t#S256} has it. */
    public String thumbprint() {
      try {
        return Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString(MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded()));
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }

    /** Writes the certificate and the key as PEM files, each replaced in one step. */
    public void write(Path certificateFile, Path keyFile) {
      try {
        replace(keyFile, pem("PRIVATE KEY", key.getEncoded()));
        replace(certificateFile, pem("CERTIFICATE", certificate.getEncoded()));
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** Issues a certificate; {@code more} are arguments of keytool, such as {@code -startdate}. */
  public Identity issue(String name, String... more) {
    List<String> arguments = new ArrayList<>(List.of("-signer", SELF));
    arguments.addAll(List.of("-ext", "SAN=dns:localhost,ip:127.0.0.1"));
    arguments.addAll(List.of(more));
    keytool(name, name, arguments.toArray(String[]::new));
    try {
      KeyStore keys = load();
      return new Identity(
          (X509Certificate) keys.getCertificate(name),
          (PrivateKey) keys.getKey(name, PASSWORD.toCharArray()),
          certificate());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Its own certificate. */
  public X509Certificate certificate() {
    try {
      return (X509Certificate) load().getCertificate(SELF);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Writes its certificate as a PEM file, replaced in one step. */
  public void write(Path file) {
    try {
      replace(file, pem("CERTIFICATE", certificate().getEncoded()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** How a gRPC client trusts this authority and shows {@code identity}, if there is one. */
  public SslContext client(Optional<Identity> identity) {
    SslContextBuilder builder = SslContextBuilder.forClient().trustManager(certificate());
    identity.ifPresent(own -> builder.keyManager(new InsistentKeys(own)));
    try {
      return GrpcSslContexts.configure(builder, SslProvider.JDK).build();
    } catch (SSLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** An HTTP client that trusts this authority and shows {@code identity}. */
  HttpClient httpClient(Identity identity) {
    try {
      KeyStore own = KeyStore.getInstance("PKCS12");
      own.load(null, null);
      X509Certificate[] chain = {identity.certificate(), identity.issuer()};
      own.setKeyEntry("own", identity.key(), PASSWORD.toCharArray(), chain);
      KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
      keys.init(own, PASSWORD.toCharArray());
      TrustManagerFactory trusted = TrustManagerFactory.getInstance("PKIX");
      trusted.init(trustStore());
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), trusted.getTrustManagers(), null);
      return Http.client().sslContext(context).build();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes a PKCS #12 store with its certificate and nothing else, under {@link #PASSWORD}. */
  String writeTrustStore(Path file) {
    try (var out = Files.newOutputStream(file)) {
      trustStore().store(out, PASSWORD.toCharArray());
      return PASSWORD;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private KeyStore trustStore() throws GeneralSecurityException, IOException {
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry(SELF, certificate());
    return trusted;
  }

  private KeyStore load() {
    try (InputStream in = Files.newInputStream(store)) {
      KeyStore keys = KeyStore.getInstance("PKCS12");
      keys.load(in, PASSWORD.toCharArray());
      return keys;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void keytool(String alias, String name, String... more) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of("-genkeypair", "-keystore", store.toString(), "-storetype", "PKCS12"));
    command.addAll(List.of("-storepass", PASSWORD, "-alias", alias, "-dname", "CN=" + name));
    command.addAll(List.of("-keyalg", "EC", "-groupname", "secp256r1"));
    command.addAll(List.of(more));
    try {
      Process keytool = new ProcessBuilder(command).redirectErrorStream(true).start();
      String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (keytool.waitFor() != 0) {
        throw new IllegalStateException("keytool: " + said);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static void replace(Path file, String text) {
    Path next = file.resolveSibling(file.getFileName() + ".next");
    try {
      Files.writeString(next, text);
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String pem(String kind, byte[] bytes) {
    String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
    return "-----BEGIN " + kind + "-----\n" + base64 + "\n-----END " + kind + "-----\n";
  }
}
