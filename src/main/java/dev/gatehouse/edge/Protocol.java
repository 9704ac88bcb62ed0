package dev.gatehouse.edge;

import dev.gatehouse.core.TensorSpec;
import dev.gatehouse.stubs.inference.ModelMetadataResponse.TensorMetadata;

/** Signatures in the words of the Open Inference Protocol. */
final class Protocol {

  private Protocol() {}

  /** A declared tensor; its shape includes the batch dimension. */
  static TensorMetadata metadata(TensorSpec spec) {
    TensorMetadata.Builder metadata =
        TensorMetadata.newBuilder().setName(spec.name()).setDatatype(spec.datatype().name());
    for (int d = 0; d < spec.shape().rank(); d++) {
      metadata.addShape(spec.shape().dimension(d));
    }
    return metadata.build();
  }
}
