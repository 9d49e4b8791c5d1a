-- CreateTable
CREATE TABLE "ApiKey" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "roles" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "createdAtMs" BIGINT NOT NULL,
    "revokedAtMs" BIGINT,
    "lastUsedAtMs" BIGINT
);
