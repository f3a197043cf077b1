class Price:
    def rounded(self):
        return 1


def convert(value):
    return value
