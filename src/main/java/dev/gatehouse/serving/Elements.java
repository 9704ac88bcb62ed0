package dev.gatehouse.serving;

import dev.gatehouse.core.Datatype;
import java.nio.ByteBuffer;

/** The elements of an offered tensor, in whatever form the transport brought them. */
public interface Elements {

  /** The form does not fit the datatype at all. */
  long UNFIT = -1;

  /** How many bytes they take as {@code datatype}, or {@link #UNFIT}. */
  long byteCount(Datatype datatype);

  /**
   * The elements as {@code datatype}, row-major and little-endian; not copied if they are so
   * already.
   *
   * @param index which input of the request they are, for a refusal
   * @throws dev.gatehouse.core.RefusedException with {@code TensorInvalid} if a value is outside
   *     the datatype
   */
  ByteBuffer bytes(Datatype datatype, int index);
}
