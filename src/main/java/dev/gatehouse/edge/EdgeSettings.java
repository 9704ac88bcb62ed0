package dev.gatehouse.edge;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The bounds of the gRPC port.
 *
 * @param host the address it listens on
 * @param port its port, 0 for a free one
 * @param tls certificate and key, or null for plaintext
 * @param messageBytesMax the largest message, also once inflated
 * @param metadataBytesMax the largest metadata of a call
 * @param inboundBytesMax the most bytes of requests held at once
 * @param callsMax the most calls in flight
 * @param callsPerConnectionMax the most calls in flight on one connection
 * @param connectionAgeMax after which a connection is asked to close
 * @param connectionAgeGrace how long its calls may then still run
 * @param connectionIdleMax after which a connection without calls is closed
 * @param keepaliveTime after which a silent connection is probed
 * @param keepaliveClientMin how often clients may probe at most
 * @param resetsMax the most streams a connection may reset in {@link #RESET_WINDOW}
 * @param retryAfter what callers are told when the gateway cannot take a call now
 */
public record EdgeSettings(
    String host,
    int port,
    @Nullable Tls tls,
    int messageBytesMax,
    int metadataBytesMax,
    long inboundBytesMax,
    int callsMax,
    int callsPerConnectionMax,
    Duration connectionAgeMax,
    Duration connectionAgeGrace,
    Duration connectionIdleMax,
    Duration keepaliveTime,
    Duration keepaliveClientMin,
    int resetsMax,
    Duration retryAfter) {

  /** The time over which resets of a connection are counted. */
  public static final Duration RESET_WINDOW = Duration.ofSeconds(30);

  /**
   * Certificate and key, and what is asked of clients.
   *
   * @param certificate a PEM file with the certificate chain
   * @param key a PEM file with the private key
   * @param clientCa a PEM file with the authorities whose client certificates are taken; null if
   *     none are asked for
   * @param clientCertificate whether clients show a certificate
   * @param reloadInterval how often the files are looked at for changes
   */
  public record Tls(
      Path certificate,
      Path key,
      @Nullable Path clientCa,
      ClientCertificates clientCertificate,
      Duration reloadInterval) {

    /** Checks that there are authorities where certificates are asked for. */
    public Tls {
      if ((clientCa == null) != (clientCertificate == ClientCertificates.NONE)) {
        throw new IllegalArgumentException(
            "authorities of client certificates are given if and only if those are asked for");
      }
    }
  }

  /** Whether clients show a certificate. */
  public enum ClientCertificates {
    /** They are not asked for one. */
    NONE,
    /** They may; one that no trusted authority has issued ends the handshake. */
    OPTIONAL,
    /** They must, or the handshake ends. */
    REQUIRED
  }
}
