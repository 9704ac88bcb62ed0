package dev.gatehouse.keys;

import com.google.crypto.tink.AccessesPartialKey;
import com.google.crypto.tink.InsecureSecretKeyAccess;
import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.PublicKeySign;
import com.google.crypto.tink.RegistryConfiguration;
import com.google.crypto.tink.TinkJsonProtoKeysetFormat;
import com.google.crypto.tink.signature.Ed25519Parameters;
import com.google.crypto.tink.signature.Ed25519PrivateKey;
import com.google.crypto.tink.signature.SignatureConfig;
import java.nio.file.Path;
import java.security.GeneralSecurityException;

/**
 * A private key that signs (Ed25519, RFC 8032), out of a file.
 *
 * <p>The file is a Tink keyset in JSON, in the clear, made with Tink's {@code tinkey}, template
 * {@code ED25519_RAW}; its primary key signs. Immutable and safe for any thread. Neither this nor
 * anything it throws shows the key.
 */
public final class SigningKey {

  /** The bytes of a signature. */
  public static final int SIGNATURE_BYTES = 64;

  private final PublicKeySign signer;
  private final byte[] publicKey;
  private final String origin;

  private SigningKey(PublicKeySign signer, byte[] publicKey, String origin) {
    this.signer = signer;
    this.publicKey = publicKey;
    this.origin = origin;
  }

  /**
   * The key of a file, which is read now and never again.
   *
   * @param file a keyset that nobody but its owner and group can read
   * @param create whether to make it with a fresh key, mode 0600, if it is not there
   * @throws KeyFileException if the file cannot be used, or made, or is not there and is not to be
   *     made
   */
  public static SigningKey open(Path file, boolean create) {
    register();
    KeyFile keys = new KeyFile(file);
    if (!keys.exists()) {
      if (!create) {
        throw keys.problem("is not there");
      }
      keys.create(SigningKey::freshKeyset);
    }
    return read(keys);
  }

  private static void register() {
    try {
      SignatureConfig.register();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every supported Java platform has Ed25519", e);
    }
  }

  private static String freshKeyset() {
    try {
      return TinkJsonProtoKeysetFormat.serializeKeyset(
          KeysetHandle.generateNew(Ed25519Parameters.create(Ed25519Parameters.Variant.NO_PREFIX)),
          InsecureSecretKeyAccess.get());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every supported Java platform has Ed25519", e);
    }
  }

  @AccessesPartialKey
  private static SigningKey read(KeyFile keys) {
    String json = keys.read();
    try {
      KeysetHandle keyset =
          TinkJsonProtoKeysetFormat.parseKeyset(json, InsecureSecretKeyAccess.get());
      // With a prefix, a signature would not be that of RFC 8032 alone.
      if (!(keyset.getPrimary().getKey() instanceof Ed25519PrivateKey key)
          || key.getParameters().getVariant() != Ed25519Parameters.Variant.NO_PREFIX) {
        throw keys.problem("has a primary key that is not of template ED25519_RAW");
      }
      return new SigningKey(
          keyset.getPrimitive(RegistryConfiguration.get(), PublicKeySign.class),
          key.getPublicKey().getPublicKeyBytes().toByteArray(),
          keys.toString());
    } catch (KeyFileException e) {
      throw e;
    } catch (GeneralSecurityException | RuntimeException e) {
      // Without the cause, whose message may quote the file.
      throw keys.problem("holds no keyset of Tink in JSON, in the clear");
    }
  }

  /** The public key: 32 bytes, as RFC 8032 has them. */
  public byte[] publicKey() {
    return publicKey.clone();
  }

  /** The signature of {@code data}, {@link #SIGNATURE_BYTES} long. */
  public byte[] sign(byte[] data) {
    try {
      return signer.sign(data);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Ed25519 of " + data.length + " bytes failed", e);
    }
  }

  @Override
  public String toString() {
    return "SigningKey[" + origin + "]";
  }
}
