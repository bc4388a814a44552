// A certificate for localhost that nobody vouches for, and its key: of tests only, valid for a hundred years.

export const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgwC/dA3lduwEO+6qn
+riuJmr6pLV4sgBFmZpJRCNQOCqhRANCAASRrML+zWyxKAWdlpaBnjisTpKdCsb1
od4FpEryKLShtggWxmFgiOLISOcf/shFD9ZSm3fxLPodKK/zT7QREf3j
-----END PRIVATE KEY-----
`;

export const cert = `-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUUIUUPhZVQV+GEizNqXMDzms1CQAwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyODAxMzQxNFoYDzIxMjYxMTA0
MDEzNDE0WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAASRrML+zWyxKAWdlpaBnjisTpKdCsb1od4FpEryKLShtggWxmFgiOLI
SOcf/shFD9ZSm3fxLPodKK/zT7QREf3jo28wbTAdBgNVHQ4EFgQUp4uVoka/lw9D
lBbnnFzZtBJYe+UwHwYDVR0jBBgwFoAUp4uVoka/lw9DlBbnnFzZtBJYe+UwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSAAwRQIhAIYdwwpQzy5mY6WjMlAZ0YVeuQee/6bHFFRqONM8Pu+qAiAB
p1YdZb1yxd4M1MPQdfk1oStSa33L45XpYjGML2az/A==
-----END CERTIFICATE-----
`;
