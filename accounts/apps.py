from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import failed_sign_ins  # noqa: F401  # its receivers register themselves
