import {
  absent,
  type Backend,
  baseFrom,
  basicAuthorization,
  type Environment,
  type Given,
  type Preset,
  present,
  under,
} from "./backend.ts"

/** MLflow 3.6 or later with a SQL store, which files traces by the experiment that the header names. */
export const mlflow: Backend = {
  preset,
}

function preset(env: Environment, given: Given): Preset {
  const base = baseFrom(env, ["MLFLOW_TRACKING_URI"], { setting: "mlflow", value: "http://localhost:5000" })
  const experiment = env.MLFLOW_EXPERIMENT_ID
  const { MLFLOW_TRACKING_TOKEN: token, MLFLOW_TRACKING_USERNAME: user } = env
  const basic = user && basicAuthorization(user, env.MLFLOW_TRACKING_PASSWORD ?? "")
  return {
    endpoint: { setting: base.setting, value: under(base.value, "v1/traces") },
    headers: present({
      "x-mlflow-experiment-id": experiment,
      authorization: basic ?? (token && `Bearer ${token}`),
    }),
    resourceAttributes: {},
    // A root with a remote parent is not shown as one: the trace would have no name, no input and no output.
    inboundContext: "link",
    missing: absent({ MLFLOW_EXPERIMENT_ID: experiment ?? given.headers["x-mlflow-experiment-id"] }),
  }
}
