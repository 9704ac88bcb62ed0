package dev.gatehouse.access;

/** The buckets that all replicas share. Blocks; safe for any thread. */
interface QuotaBuckets {

  /**
   * What was taken from a bucket.
   *
   * @param taken the tokens taken
   * @param left the tokens left in it
   * @param refillNanos from now until it is filled up; counts for rows a day only
   */
  record Draw(long taken, long left, long refillNanos) {}

  /**
   * Takes {@code wanted} tokens, or as many as there are; a bucket that does not exist is full.
   *
   * @param bucket its name
   * @param limit what it is like
   * @param wanted positive
   * @throws RuntimeException if the buckets cannot be reached
   */
  Draw draw(String bucket, QuotaLimit limit, long wanted);

  /**
   * Puts {@code tokens} back that were taken and not used; what finds no place is lost.
   *
   * @throws RuntimeException as {@link #draw}
   */
  void giveBack(String bucket, QuotaLimit limit, long tokens);

  /**
   * Removes buckets that have been full for long.
   *
   * @throws RuntimeException as {@link #draw}
   */
  void removeExpired();
}
