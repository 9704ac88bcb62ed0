package dev.gatehouse.keys;

import com.google.crypto.tink.subtle.Ed25519Verify;
import java.security.GeneralSecurityException;

/** A public key that verifies signatures (Ed25519, RFC 8032). Safe for any thread. */
public final class VerifyingKey {

  /** The bytes of a public key. */
  public static final int BYTES = Ed25519Verify.PUBLIC_KEY_LEN;

  private final Ed25519Verify verifier;

  /**
   * A key of these bytes, as RFC 8032 has them.
   *
   * @throws IllegalArgumentException unless there are {@link #BYTES}
   */
  public VerifyingKey(byte[] publicKey) {
    this.verifier = new Ed25519Verify(publicKey.clone());
  }

  /** Whether {@code signature} is this key's of {@code data}. */
  public boolean verifies(byte[] signature, byte[] data) {
    try {
      verifier.verify(signature, data);
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }
}
