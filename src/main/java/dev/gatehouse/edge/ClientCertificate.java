package dev.gatehouse.edge;

import io.grpc.Attributes;
import io.grpc.Grpc;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** The certificate by which a client proved, in the handshake, that it holds its key. */
final class ClientCertificate {

  private ClientCertificate() {}

  /**
   * The SHA-256 of its DER form in base64url without padding (RFC 8705, section 3.1); null if the
   * connection is not encrypted, the client showed none, or it is not valid now: a session that is
   * resumed is not checked against the trusted authorities again.
   */
  static @Nullable String thumbprint(Attributes transport) {
    SSLSession session = transport.get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
    return session == null ? null : thumbprint(session);
  }

  private static @Nullable String thumbprint(SSLSession session) {
    try {
      Certificate[] chain = session.getPeerCertificates();
      if (chain.length == 0 || !(chain[0] instanceof X509Certificate leaf)) {
        return null;
      }
      leaf.checkValidity();
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(leaf.getEncoded());
      return Base64.getUrlEncoder().withoutPadding().encodeToString(digest);
    } catch (SSLPeerUnverifiedException | CertificateException e) {
      return null;
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
