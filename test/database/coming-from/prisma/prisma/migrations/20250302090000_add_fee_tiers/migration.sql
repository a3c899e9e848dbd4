-- CreateTable
CREATE TABLE "fee_tiers" (
    "name" TEXT NOT NULL,
    "maker_bps" DECIMAL(6,2) NOT NULL,

    CONSTRAINT "fee_tiers_pkey" PRIMARY KEY ("name")
);

INSERT INTO "fee_tiers" VALUES ('basic', 1.5), ('pro', 0.5);

-- AlterTable
ALTER TABLE "accounts" ADD COLUMN "fee_tier" TEXT NOT NULL DEFAULT 'basic';

-- AddForeignKey
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_fee_tier_fkey" FOREIGN KEY ("fee_tier") REFERENCES "fee_tiers"("name") ON DELETE RESTRICT ON UPDATE CASCADE;
