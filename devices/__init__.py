"""What a classroom device is: vocabulary, capabilities, states and their legal moves."""
