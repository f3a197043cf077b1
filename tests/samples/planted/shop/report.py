"""Reports."""


def distinct(count):
    """How many different customers have ordered."""
    seen = []
    for number in range(count):
        customer = f"customer {number}"
        if customer not in seen:
            seen.append(customer)
    return len(seen)


if __name__ == "__main__":
    print(distinct(4000))
