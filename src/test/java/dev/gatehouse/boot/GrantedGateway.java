package dev.gatehouse.boot;

import com.google.protobuf.ByteString;
import dev.gatehouse.core.SystemTime;
import dev.gatehouse.core.Ticker;
import dev.gatehouse.stubs.admin.v1.Deployment;
import dev.gatehouse.stubs.admin.v1.Signature;
import dev.gatehouse.stubs.inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import dev.gatehouse.stubs.inference.ModelInferRequest;
import dev.gatehouse.stubs.inference.ModelInferResponse;
import dev.gatehouse.testing.Await;
import dev.gatehouse.testing.GatewayClient;
import dev.gatehouse.testing.Infer;
import dev.gatehouse.testing.ModelPublisher;
import dev.gatehouse.testing.OidcLogin;
import dev.gatehouse.testing.PostgresServer;
import dev.gatehouse.testing.PrometheusText;
import dev.gatehouse.testing.Realm;
import dev.gatehouse.testing.SampleModels;
import dev.gatehouse.testing.SharedGateway;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A packaged gateway with a PostgreSQL of its own, whose grants a test writes into the database as
 * it wants them; and what calls of it are answered with, trailers included.
 */
final class GrantedGateway implements AutoCloseable {

  static final Metadata.Key<String> POLICY =
      Metadata.Key.of("ratelimit-policy", Metadata.ASCII_STRING_MARSHALLER);
  static final Metadata.Key<String> STANDING =
      Metadata.Key.of("ratelimit", Metadata.ASCII_STRING_MARSHALLER);

  /** Pixels of a digit to the logits of the ten classes. */
  static final Signature DIGITS =
      ModelPublisher.signature(
          List.of(ModelPublisher.tensor("pixels", "FP32", -1, 64)),
          List.of(ModelPublisher.tensor("logits", "FP32", -1, 10)));

  private static final Duration SEEN_MAX = Duration.ofSeconds(60);

  private final Ticker ticker = SystemTime.ticker();
  private final PostgresServer postgres = PostgresServer.start();
  private final PostgresServer.Database database = postgres.createDatabase();
  private final OwnGateway gateway;
  private final GatewayClient client;
  private final OidcLogin.Tokens orders;

  GrantedGateway(Map<String, String> more) {
    Map<String, String> settings = new HashMap<>(more);
    settings.put("gatehouse.database.owner.username", database.ownerUser());
    settings.put("gatehouse.database.owner.password", database.ownerPassword());
    settings.put("gatehouse.database.url", database.jdbcUrl());
    settings.put("gatehouse.database.username", database.user());
    settings.put("gatehouse.database.password", database.password());
    settings.put("gatehouse.access.snapshot-refresh", "200ms");
    gateway = OwnGateway.start(postgres, settings);
    client = gateway.connect();
    gateway.register(client);
    orders = gateway.orders();
  }

  GatewayClient client() {
    return client;
  }

  OidcLogin.Tokens orders() {
    return orders;
  }

  PostgresServer postgres() {
    return postgres;
  }

  /** What it shows for Prometheus now. */
  String metrics() {
    return gateway.process().metrics();
  }

  /** The port with health and metrics. */
  int managementPort() {
    return gateway.process().managementPort();
  }

  void publish(String model, String file, Signature signature, Deployment wish) {
    ModelPublisher publisher = new ModelPublisher(client, gateway.pipeline());
    var unused = publisher.createModel(model, model);
    publisher.upload(model, "1", SharedGateway.sample(file), signature);
    publisher.deploy("models/" + model + "/versions/1", wish);
  }

  void publishSamples() {
    Deployment defaults = Deployment.getDefaultInstance();
    publish("digits", "digits_cnn.pt", DIGITS, defaults);
    publish("dictionary", "dict_output.pt", SampleModels.DICTIONARY, defaults);
    publish("add-sub", "add_sub.pt", SampleModels.ADD_SUB, defaults);
    publish("half", "identity.pt", SampleModels.identity("FP16"), defaults);
  }

  /**
   * Makes this the only grant of a model, to {@link Realm#ORDERS}, and waits until the gateway has
   * seen it.
   *
   * @param columns more columns with their values, as SQL
   */
  void grant(String model, String grant, Map<String, String> columns) {
    StringBuilder names = new StringBuilder();
    StringBuilder values = new StringBuilder();
    columns.forEach(
        (name, value) -> {
          names.append(", ").append(name);
          values.append(", ").append(value);
        });
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      statement.execute("delete from access_grants where model = '" + model + "'");
      statement.execute(
          "insert into access_grants (model, id, caller, actions, expire_time, creator, create_time"
              + names
              + ") values ('"
              + model
              + "', '"
              + grant
              + "', '"
              + Realm.ORDERS.clientId()
              + "', '{INFER}', now() + interval '1 day', 'ada', now()"
              + values
              + ")");
    } catch (SQLException e) {
      throw new IllegalStateException("no grant", e);
    }
    long began = ticker.nanos();
    if (!Await.until(SEEN_MAX, () -> loadedSince(began))) {
      throw new AssertionError("the grant is not seen");
    }
  }

  /**
   * Whether the gateway decides by what it began to read after {@code began}. The time is taken
   * before the age: what was read between the deletion and the new grant would do otherwise.
   */
  private boolean loadedSince(long began) {
    long now = ticker.nanos();
    return metric("gatehouse_access_snapshot_age_seconds", Map.of()) * 1e9 < now - began;
  }

  double metric(String name, Map<String, String> labels) {
    return new PrometheusText(metrics()).sum(name, labels);
  }

  /**
   * How a call ended.
   *
   * @param response its answer, or null
   * @param refusal why it has none, or null
   * @param policy the trailer {@code ratelimit-policy}, or null
   * @param standing the trailer {@code ratelimit}, or null
   */
  record Ended(
      @Nullable ModelInferResponse response,
      @Nullable StatusRuntimeException refusal,
      @Nullable String policy,
      @Nullable String standing) {

    /** The parameter of one item of a trailer. */
    static long parameter(String field, String item, char name) {
      for (String each : field.split(", ", -1)) {
        if (each.startsWith("\"" + item + "\"")) {
          for (String parameter : each.split(";", -1)) {
            if (parameter.startsWith(name + "=")) {
              return Long.parseLong(parameter.substring(2));
            }
          }
        }
      }
      throw new AssertionError("no " + item + " " + name + " in " + field);
    }

    ModelInferResponse answer() {
      if (response == null) {
        throw new AssertionError("refused", refusal);
      }
      return response;
    }

    StatusRuntimeException refused() {
      if (refusal == null) {
        throw new AssertionError("answered");
      }
      return refusal;
    }

    long left(String quota) {
      return parameter(String.valueOf(standing), quota, 'r');
    }

    long reset(String quota) {
      return parameter(String.valueOf(standing), quota, 't');
    }
  }

  Ended infer(ModelInferRequest request) {
    AtomicReference<Metadata> headers = new AtomicReference<>();
    AtomicReference<Metadata> trailers = new AtomicReference<>();
    GRPCInferenceServiceBlockingStub stub =
        client
            .inference(orders)
            .withInterceptors(MetadataUtils.newCaptureMetadataInterceptor(headers, trailers));
    try {
      ModelInferResponse response = stub.modelInfer(request);
      return ended(response, null, trailers.get());
    } catch (StatusRuntimeException e) {
      return ended(null, e, trailers.get());
    }
  }

  private static Ended ended(
      @Nullable ModelInferResponse response,
      @Nullable StatusRuntimeException refusal,
      @Nullable Metadata trailers) {
    Metadata given = trailers == null ? new Metadata() : trailers;
    return new Ended(response, refusal, given.get(POLICY), given.get(STANDING));
  }

  /** A call of {@code rows} rows of the dictionary. */
  static ModelInferRequest dictionary(int rows) {
    float[] values = new float[rows * 4];
    for (int i = 0; i < values.length; i++) {
      values[i] = (i * 7 % 11) / 5f - 1;
    }
    return ModelInferRequest.newBuilder()
        .setModelName("dictionary")
        .addInputs(Infer.input("x", "FP32", rows, 4))
        .addRawInputContents(ByteString.copyFrom(Infer.bytes(values)))
        .build();
  }

  @Override
  public void close() {
    client.close();
    gateway.close();
    postgres.close();
  }
}
