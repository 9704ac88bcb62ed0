package dev.gatehouse.registry;

/**
 * How the uses of a model are recorded.
 *
 * @param required whether nothing runs that is not recorded; else what cannot be recorded runs
 *     without an entry, and is counted
 * @param inputDigests whether entries have a keyed digest of the inputs
 */
public record ModelAudit(boolean required, boolean inputDigests) {

  /** Of models that nobody decided otherwise for. */
  public static final ModelAudit DEFAULT = new ModelAudit(true, false);

  /** The same, but for {@code value}. */
  public ModelAudit withRequired(boolean value) {
    return new ModelAudit(value, inputDigests);
  }

  /** The same, but for {@code value}. */
  public ModelAudit withInputDigests(boolean value) {
    return new ModelAudit(required, value);
  }
}
