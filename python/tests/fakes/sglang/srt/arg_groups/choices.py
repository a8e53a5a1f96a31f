GRAMMAR_BACKEND_CHOICES = ["xgrammar", "none"]
add_grammar_backend_choices = GRAMMAR_BACKEND_CHOICES.extend
