package dev.gatehouse.registry;

import dev.gatehouse.core.Datatype;
import dev.gatehouse.core.Shape;
import dev.gatehouse.core.Signature;
import dev.gatehouse.core.TensorSpec;
import jakarta.persistence.Embeddable;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import java.util.ArrayList;
import java.util.List;

/** A row of {@code model_version_tensor}: one input or output of a signature. */
@Embeddable
class TensorRow {

  private enum Direction {
    INPUT,
    OUTPUT
  }

  @Enumerated(EnumType.STRING)
  Direction direction;

  String name;

  @Enumerated(EnumType.STRING)
  Datatype datatype;

  long[] shape;

  @SuppressWarnings("NullAway.Init") // Hibernate fills the fields
  protected TensorRow() {}

  private TensorRow(Direction direction, TensorSpec spec) {
    this.direction = direction;
    this.name = spec.name();
    this.datatype = spec.datatype();
    this.shape = spec.shape().toArray();
  }

  /** The rows of a signature, inputs first. */
  static List<TensorRow> rows(Signature signature) {
    List<TensorRow> rows = new ArrayList<>();
    signature.inputs().forEach(spec -> rows.add(new TensorRow(Direction.INPUT, spec)));
    signature.outputs().forEach(spec -> rows.add(new TensorRow(Direction.OUTPUT, spec)));
    return rows;
  }

  /**
   * The signature that consists of {@code rows}, in their order.
   *
   * @throws IllegalArgumentException if they make no signature
   */
  static Signature signature(List<TensorRow> rows) {
    return new Signature(specs(rows, Direction.INPUT), specs(rows, Direction.OUTPUT));
  }

  private static List<TensorSpec> specs(List<TensorRow> rows, Direction direction) {
    return rows.stream().filter(row -> row.direction == direction).map(TensorRow::spec).toList();
  }

  private TensorSpec spec() {
    return new TensorSpec(name, datatype, Shape.of(shape));
  }
}
