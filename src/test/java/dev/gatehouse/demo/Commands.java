package dev.gatehouse.demo;

import dev.gatehouse.testing.GatewayProcess;
import dev.gatehouse.testing.KeycloakServer;
import dev.gatehouse.testing.Realm;
import java.util.List;

/** Commands to copy and paste, from the project's folder, while the quickstart is up. */
final class Commands {

  /** The file that defines the data plane, in the folder {@code proto}. */
  static final String PROTO = "inference/open_inference.proto";

  private final KeycloakServer keycloak;
  private final GatewayProcess gateway;
  private final Digits.Row row;

  /**
   * Commands against these two.
   *
   * @param row the image that is sent
   */
  Commands(KeycloakServer keycloak, GatewayProcess gateway, Digits.Row row) {
    this.keycloak = keycloak;
    this.gateway = gateway;
    this.row = row;
  }

  List<String> lines() {
    return """

        Try it (with the grpcurl of https://github.com/fullstorydev/grpcurl; the image shows a %d):

        # a token of %s
        TOKEN=$(curl -s %s/protocol/openid-connect/token \\
          -d grant_type=client_credentials -d client_id=%s -d client_secret=%s \\
          | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')

        # a call
        grpcurl -plaintext -import-path proto -proto %s \\
          -H "authorization: Bearer $TOKEN" -d '%s' \\
          127.0.0.1:%d inference.GRPCInferenceService/ModelInfer

        # metrics and health
        curl -s %s
        curl -s %s

        The gateway's log: %s"""
        .formatted(
            row.label(),
            Realm.ORDERS.clientId(),
            keycloak.issuer(),
            Realm.ORDERS.clientId(),
            Realm.ORDERS.secret(),
            PROTO,
            request(row),
            gateway.grpcPort(),
            gateway.management("/q/metrics"),
            gateway.management("/q/health/ready"),
            gateway.log())
        .lines()
        .toList();
  }

  /** The request for one image, in the JSON form of protobuf messages. */
  static String request(Digits.Row row) {
    StringBuilder pixels = new StringBuilder();
    for (float pixel : row.pixels()) {
      pixels.append(pixels.isEmpty() ? "" : ",").append((int) pixel);
    }
    return "{\"model_name\":\"%s\",\"inputs\":[{\"name\":\"%s\",\"datatype\":\"FP32\","
            .formatted(Quickstart.MODEL, Quickstart.INPUT)
        + "\"shape\":[1,%d],\"contents\":{\"fp32_contents\":[%s]}}]}"
            .formatted(Digits.PIXELS, pixels);
  }
}
