from django.db import models


class Account(models.Model):
    address = models.TextField(unique=True)
    opened = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "accounts"


class Order(models.Model):
    account = models.ForeignKey(Account, on_delete=models.PROTECT)
    side = models.CharField(max_length=4, choices=[("buy", "Buy"), ("sell", "Sell")])
    qty = models.DecimalField(max_digits=20, decimal_places=8, default=1)

    class Meta:
        db_table = "orders"
