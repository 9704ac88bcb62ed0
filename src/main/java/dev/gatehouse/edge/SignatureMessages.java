package dev.gatehouse.edge;

import dev.gatehouse.core.Datatype;
import dev.gatehouse.core.Refusal;
import dev.gatehouse.core.RefusedException;
import dev.gatehouse.core.Shape;
import dev.gatehouse.stubs.admin.v1.Signature;
import dev.gatehouse.stubs.admin.v1.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Signatures as messages, and back with everything checked. */
final class SignatureMessages {

  private SignatureMessages() {}

  static Signature message(dev.gatehouse.core.Signature signature) {
    Signature.Builder message = Signature.newBuilder();
    signature.inputs().forEach(spec -> message.addInputs(message(spec)));
    signature.outputs().forEach(spec -> message.addOutputs(message(spec)));
    return message.build();
  }

  private static TensorSpec message(dev.gatehouse.core.TensorSpec spec) {
    TensorSpec.Builder message =
        TensorSpec.newBuilder().setName(spec.name()).setDatatype(spec.datatype().name());
    for (int d = 0; d < spec.shape().rank(); d++) {
      message.addShape(spec.shape().dimension(d));
    }
    return message.build();
  }

  /**
   * The signature a message declares.
   *
   * @throws RefusedException with {@code ArgumentInvalid}, naming every field that is wrong
   */
  static dev.gatehouse.core.Signature read(String field, Signature message) {
    List<Refusal.Violation> violations = new ArrayList<>();
    List<dev.gatehouse.core.TensorSpec> inputs =
        specs(field + ".inputs", message.getInputsList(), violations);
    List<dev.gatehouse.core.TensorSpec> outputs =
        specs(field + ".outputs", message.getOutputsList(), violations);
    if (violations.isEmpty()) {
      try {
        return new dev.gatehouse.core.Signature(inputs, outputs);
      } catch (IllegalArgumentException e) {
        violations.add(new Refusal.Violation(field, "1 to 64 inputs and outputs, no name twice"));
      }
    }
    throw new RefusedException(new Refusal.ArgumentInvalid(violations));
  }

  private static List<dev.gatehouse.core.TensorSpec> specs(
      String field, List<TensorSpec> messages, List<Refusal.Violation> violations) {
    List<dev.gatehouse.core.TensorSpec> specs = new ArrayList<>();
    if (messages.size() > dev.gatehouse.core.Signature.TENSORS_MAX) {
      violations.add(new Refusal.Violation(field, "at most 64"));
      return specs;
    }
    for (int i = 0; i < messages.size(); i++) {
      TensorSpec message = messages.get(i);
      String at = field + "[" + i + "]";
      Optional<Datatype> datatype = Datatype.named(message.getDatatype());
      if (datatype.isEmpty()) {
        violations.add(
            new Refusal.Violation(
                at + ".datatype", "one of BOOL, UINT8, INT8, INT32, INT64, FP16, FP32, FP64"));
        continue;
      }
      try {
        long[] shape = message.getShapeList().stream().mapToLong(Long::longValue).toArray();
        specs.add(
            new dev.gatehouse.core.TensorSpec(message.getName(), datatype.get(), Shape.of(shape)));
      } catch (IllegalArgumentException e) {
        violations.add(
            new Refusal.Violation(
                at,
                "a name of 1 to 128 printable characters and 1 to 8 dimensions, the first -1, the"
                    + " others -1 or positive"));
      }
    }
    return specs;
  }
}
