package dev.gatehouse.testing;

import static dev.gatehouse.testing.ModelPublisher.signature;
import static dev.gatehouse.testing.ModelPublisher.tensor;

import com.google.protobuf.Duration;
import dev.gatehouse.stubs.admin.v1.Deployment;
import dev.gatehouse.stubs.admin.v1.Signature;
import java.util.List;
import java.util.Locale;

/** The sample models under the names and signatures that the tests of the edge know them by. */
public final class SampleModels {

  /** The datatypes that the gateway takes. */
  public static final List<String> DATATYPES =
      List.of("BOOL", "UINT8", "INT8", "INT32", "INT64", "FP16", "FP32", "FP64");

  /** Two inputs {@code a}, {@code b} and two outputs {@code sum}, {@code difference}. */
  public static final Signature ADD_SUB =
      signature(
          List.of(tensor("a", "INT32", -1, 16), tensor("b", "INT32", -1, 16)),
          List.of(tensor("sum", "INT32", -1, 16), tensor("difference", "INT32", -1, 16)));

  /** {@code x} to the dictionary's {@code logits} and {@code probabilities}. */
  public static final Signature DICTIONARY =
      signature(
          List.of(tensor("x", "FP32", -1, 4)),
          List.of(tensor("logits", "FP32", -1, 3), tensor("probabilities", "FP32", -1, 3)));

  /** {@code ids} of any length to {@code mean}. */
  public static final Signature TOKEN_MEAN =
      signature(List.of(tensor("ids", "INT64", -1, -1)), List.of(tensor("mean", "FP32", -1, 8)));

  /** {@code work} sets how long it takes. */
  public static final Signature SLOW =
      signature(List.of(tensor("work", "FP32", -1, 1)), List.of(tensor("done", "FP32", -1, 1)));

  private SampleModels() {}

  /** {@code x} and {@code y} of one datatype, rows of any width. */
  public static Signature identity(String datatype) {
    return signature(
        List.of(tensor("x", datatype, -1, -1)), List.of(tensor("y", datatype, -1, -1)));
  }

  /** The name of the identity model of a datatype. */
  public static String identityModel(String datatype) {
    return "identity-" + datatype.toLowerCase(Locale.ROOT);
  }

  /** A deployment whose executions may take {@code limit}. */
  public static Deployment executionLimit(java.time.Duration limit) {
    return Deployment.newBuilder()
        .setExecutionLimit(
            Duration.newBuilder().setSeconds(limit.getSeconds()).setNanos(limit.getNano()))
        .build();
  }

  static void publish(ModelPublisher publisher) {
    Deployment defaults = Deployment.getDefaultInstance();
    SharedGateway.publish(publisher, "add-sub", "add_sub.pt", ADD_SUB, defaults);
    SharedGateway.publish(publisher, "dictionary", "dict_output.pt", DICTIONARY, defaults);
    SharedGateway.publish(publisher, "token-mean", "token_mean.pt", TOKEN_MEAN, defaults);
    SharedGateway.publish(publisher, "picky", "picky.pt", identity("FP32"), defaults);
    SharedGateway.publish(publisher, "slow", "slow.pt", SLOW, defaults);
    for (String datatype : DATATYPES) {
      SharedGateway.publish(
          publisher, identityModel(datatype), "identity.pt", identity(datatype), defaults);
    }
  }
}
