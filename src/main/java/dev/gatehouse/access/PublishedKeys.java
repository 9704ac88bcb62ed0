package dev.gatehouse.access;

import java.security.Key;
import org.jspecify.annotations.Nullable;

/** The public keys that the issuer last published for signatures. */
interface PublishedKeys {

  /** The key of this id, or null if there is none. */
  @Nullable Key find(String keyId);
}
