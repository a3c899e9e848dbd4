-- CreateIndex
CREATE INDEX "orders_by_account" ON "orders"("account_id");

CREATE VIEW open_orders AS SELECT id, account_id, quantity FROM orders WHERE status = 'pending';
